// Coming in: login, expired password, lost password.

import { post, session } from "./api.js";
import { alertBox, button, el, field, icon, id } from "./dom.js";

const RULES = [
  "almeno 8 caratteri",
  "lettere maiuscole e minuscole",
  "almeno un numero",
  "almeno un carattere speciale (& % ! \" ( ) ? ^ + [ ] . , _)",
  "non più di due caratteri identici consecutivi",
];

/** Who tried to log in with a password that has expired. */
let expiredUser = "";
let notice = "";

const filled = (fields) => fields.every((one) => one.input.value !== "");

function enableWhenFilled(submit, fields) {
  const update = () => { submit.disabled = !filled(fields); };
  for (const one of fields) one.input.addEventListener("input", update);
  update();
}

function card(title, ...content) {
  return el("section", { className: "scheda accesso" }, el("h1", { textContent: title }), ...content);
}

function form(fields, submit, alert, act) {
  return el("form", {
    noValidate: true,
    on: {
      submit: async (event) => {
        event.preventDefault();
        if (submit.disabled) return;
        submit.disabled = true;
        try {
          await act();
        } finally {
          submit.disabled = !filled(fields);
        }
      },
    },
  }, fields.map((one) => one.root), alert.root, submit);
}

const submitButton = (text, properties = {}) =>
  button(text, () => {}, { type: "submit", className: "bottone pieno", ...properties });

export function login(main, enter) {
  const user = field({ name: "userId", label: "Inserisci il tuo User ID", autocomplete: "username" });
  const password = field({ name: "password", label: "Inserisci la tua password", secret: "password", autocomplete: "current-password" });
  const submit = submitButton("ACCEDI →", { id: id("accedi") });
  const alert = alertBox();
  if (notice) alert.show(notice, "buono");
  notice = "";
  enableWhenFilled(submit, [user, password]);
  const act = async () => {
    const credentials = { utente: user.input.value, password: password.input.value };
    if (await post("/api/accesso", credentials, alert)) return enter();
    if (alert.last?.word === "password-scaduta") {
      expiredUser = user.input.value;
      location.hash = "#/cambio-password";
      return;
    }
    password.input.value = "";
  };
  main.append(card("Accedi", el("p", { className: "sopra", textContent: "FIRMA REMOTA" }),
    form([user, password], submit, alert, act),
    el("p", { className: "collegamenti" },
      el("a", { href: "#/recupero-password", textContent: "Ho dimenticato la password" }),
      el("a", { href: "#/accesso-qr", textContent: "Accedi con QR code" }))));
}

export function qrCode(main) {
  main.append(card("Accedi con QR code", el("div", { className: "qr" }, icon("qr")),
    el("p", { textContent: "Inquadra il codice con l'app MiaFirma Mobile." }),
    el("p", { className: "collegamenti" }, el("a", { href: "#/login", textContent: "Accedi con User ID e password" }))));
}

function newPasswordFields() {
  return [
    field({ name: "nuova-password", label: "Nuova password", secret: "nuova password", autocomplete: "new-password" }),
    field({ name: "conferma-password", label: "Conferma la nuova password", secret: "conferma password", autocomplete: "new-password" }),
  ];
}

const ruleList = () => el("ul", { className: "regole" }, RULES.map((rule) => el("li", { textContent: rule })));

export function changePassword(main) {
  const present = field({ name: "password-attuale", label: "Password attuale", secret: "password attuale", autocomplete: "current-password" });
  const [fresh, again] = newPasswordFields();
  const user = expiredUser ? null : field({ name: "userId", label: "Inserisci il tuo User ID", autocomplete: "username" });
  const fields = [user, present, fresh, again].filter(Boolean);
  const submit = submitButton("Imposta password");
  const alert = alertBox();
  enableWhenFilled(submit, fields);
  main.append(card("La tua password è scaduta", el("p", { textContent: "Per continuare imposta una nuova password." }), ruleList(),
    form(fields, submit, alert, async () => {
      const done = await post("/api/cambio-password", {
        utente: user ? user.input.value : expiredUser,
        attuale: present.input.value,
        nuova: fresh.input.value,
        conferma: again.input.value,
      }, alert);
      if (!done) return;
      notice = "Password impostata. Accedi con la nuova password.";
      expiredUser = "";
      location.hash = "#/login";
    })));
}

export function recoverPassword(main) {
  const user = field({ name: "userId", label: "Inserisci il tuo User ID" });
  const submit = submitButton("Continua");
  const alert = alertBox();
  enableWhenFilled(submit, [user]);
  main.append(card("Recupero password", form([user], submit, alert, async () => {
    const done = await post("/api/recupero", { utente: user.input.value }, alert);
    if (done) alert.show("Se lo User ID è corretto riceverai un'e-mail con le istruzioni.", "buono");
  }), el("p", { className: "collegamenti" }, el("a", { href: "#/login", textContent: "Torna all'accesso" }))));
}

export function setPassword(main, key) {
  const [fresh, again] = newPasswordFields();
  const submit = submitButton("Imposta password");
  const alert = alertBox();
  enableWhenFilled(submit, [fresh, again]);
  main.append(card("Nuova password", ruleList(), form([fresh, again], submit, alert, async () => {
    const done = await post("/api/nuova-password", { chiave: key, nuova: fresh.input.value, conferma: again.input.value }, alert);
    if (!done) return;
    notice = "Password impostata. Accedi con la nuova password.";
    location.hash = "#/login";
  })));
}

export async function logOut() {
  await post("/api/uscita", {});
  await session();
  location.hash = "#/login";
}
