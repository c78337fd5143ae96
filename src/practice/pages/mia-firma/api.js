// Talking to the server: one token for the page, one shape of error.

let token = "";
let onGone = () => {};
let onFailure = () => {};

export class ApiError extends Error {
  constructor(status, word, text) {
    super(text);
    this.status = status;
    this.word = word;
  }
}

/** What was asked for is handled elsewhere: a dialog or a page of its own is shown. */
export class Handled extends Error {}

export function listen({ gone, failure }) {
  onGone = gone;
  onFailure = failure;
}

async function ask(method, path, body) {
  const headers = { "X-Modulo": token };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, body: JSON.stringify(body), credentials: "same-origin" });
  const kind = response.headers.get("Content-Type") || "";
  if (!kind.includes("json")) {
    onFailure("chiuso");
    throw new Handled();
  }
  const answer = await response.json();
  if (answer.token) token = answer.token;
  if (response.ok) return answer;
  if (response.status === 500) {
    onFailure("errore", answer.messaggio);
    throw new Handled();
  }
  if (["sessione", "sostituita", "accesso"].includes(answer.errore)) {
    onGone(answer.errore, answer.messaggio);
    throw new Handled();
  }
  throw new ApiError(response.status, answer.errore, answer.messaggio);
}

export const get = (path) => ask("GET", path);

/**
 * Sends a form. An error is shown by `alert`, kept as its `last`, and answered with null; what is
 * handled elsewhere is answered with null too.
 */
export async function post(path, body, alert) {
  if (alert) alert.last = null;
  alert?.show("");
  try {
    return await ask("POST", path, body);
  } catch (error) {
    if (error instanceof Handled) return null;
    if (error instanceof ApiError) {
      alert?.show(error.message);
      if (alert) alert.last = error;
      return null;
    }
    alert?.show("Errore di comunicazione con il server. Verifica l'esito dell'operazione prima di riprovare.");
    return null;
  }
}

/** The session of this visitor, and the token for whatever he sends. */
export const session = () => ask("GET", "/api/sessione");
