// The page: which hash shows what, who is logged in, and what happens when the server is not well.

import { Handled, listen, session } from "./api.js";
import * as access from "./accesso.js";
import "./cambiamenti.js";
import { button, closeDialogs, dialog, el, randomiseIds } from "./dom.js";
import { address, change, pageOf, parts, play, say } from "./gioco.js";
import * as pages from "./pagine.js";
import * as renewal from "./rinnovo.js";

const main = document.getElementById("app");
const corner = document.getElementById("utente");
let user = null;
let drawing = 0;

/** Hash, title, whether one must be logged in, what draws it. */
const ROUTES = [
  [/^#\/login$/, "Accedi", false, (at) => access.login(at, enter)],
  [/^#\/accesso-qr$/, "Accedi con QR code", false, access.qrCode],
  [/^#\/cambio-password$/, "La tua password è scaduta", false, access.changePassword],
  [/^#\/recupero-password$/, "Recupero password", false, access.recoverPassword],
  [/^#\/nuova-password\/(\w+)$/, "Nuova password", false, access.setPassword],
  [/^#\/home$/, "Home", true, pages.home],
  [/^#\/certificato$/, "Certificato di firma", true, pages.certificate],
  [/^#\/rinnovo$/, "Rinnova firma digitale", true, renewal.renewal],
  [/^#\/rinnovo\/esito$/, "Rinnova firma digitale", true, renewal.result],
  [/^#\/codici-otp$/, "Codici OTP", true, pages.otpDevices],
  [/^#\/report$/, "Report", true, pages.report],
  [/^#\/pin$/, "PIN di firma", true, pages.changePin],
  [/^#\/sospensione$/, "Sospensione e revoca firma", true, pages.suspension],
  [/^#\/richiedi-certificato$/, "Richiedi un nuovo certificato", true, pages.newCertificate],
];

async function draw() {
  const mine = ++drawing;
  const page = parts("divert").reduce((wanted, divert) => divert(wanted), pageOf(location.hash));
  if (location.hash !== address(page)) {
    location.replace(address(page));
    return;
  }
  const route = [...ROUTES, ...parts("pages").flat()].find(([pattern]) => pattern.test(page));
  if (!route || (route[2] && !user) || (route[0].test("#/login") && user)) {
    location.replace(user ? "#/home" : "#/login");
    return;
  }
  const [pattern, title, , fill] = route;
  closeDialogs();
  main.setAttribute("aria-busy", "true");
  const fresh = el("div", { className: "pagina" });
  try {
    await fill(fresh, ...pattern.exec(page).slice(1));
  } catch (error) {
    if (error instanceof Handled) return;
    fresh.replaceChildren(el("p", { className: "allarme", role: "alert", textContent: "Errore di comunicazione con il server. Riprova." }));
  }
  // A slower page that was left meanwhile must not cover the one that is wanted now.
  if (mine !== drawing) return;
  document.title = `MiaFirma - ${say(title)}`;
  change(fresh, page);
  main.replaceChildren(fresh);
  main.setAttribute("aria-busy", "false");
  drawCorner();
  window.scrollTo(0, 0);
}

function drawCorner() {
  corner.replaceChildren();
  if (!user) return;
  const shown = el("div", {}, el("span", { className: "utente-nome", textContent: user }), button("Esci", async () => {
    await access.logOut();
    user = null;
    draw();
  }, { className: "bottone testo" }));
  change(shown, "utente");
  corner.append(...shown.childNodes);
}

/** After a login: ask who we are and go home. */
async function enter() {
  user = (await session()).utente;
  location.hash = "#/home";
}

function leave() {
  user = null;
  closeDialogs();
  if (location.hash === "#/login") draw();
  else location.hash = "#/login";
}

/** The session is over: say so, or go to the login when there was none. */
async function gone(word, text) {
  drawing += 1;
  user = null;
  if (word === "accesso") return leave();
  await session().catch(() => {});
  const title = word === "sessione" ? "Sessione scaduta" : "Sessione terminata";
  closeDialogs();
  const box = dialog(title, el("div", {}, el("p", { textContent: text }),
    el("div", { className: "comandi" }, button("Accedi", leave, { className: "bottone pieno" }))));
  box.box.querySelector("button")?.focus();
}

/** The server is closed or broken: nothing else is shown. */
function failure(kind, text) {
  drawing += 1;
  closeDialogs();
  const closed = kind === "chiuso";
  const title = closed ? "Servizio non disponibile" : "Errore";
  document.title = say(title);
  main.setAttribute("aria-busy", "false");
  const shown = el("div", {}, el("section", { className: "scheda" }, el("h1", { textContent: title }), el("p", {
    textContent: closed
      ? "Il servizio è temporaneamente non disponibile per manutenzione programmata dalle ore 20:00 alle ore 23:00. Ci scusiamo per il disagio."
      : text,
  })));
  change(shown, "guasto");
  main.replaceChildren(...shown.childNodes);
}

listen({ gone, failure });
window.addEventListener("hashchange", draw);
// A login that was made in a frame.
window.addEventListener("accesso", enter);
try {
  const known = await session();
  user = known.utente;
  if (known.id_casuali) randomiseIds();
  play(known.cambiamenti ?? [], known.estraneo);
  await draw();
} catch (error) {
  if (!(error instanceof Handled)) failure("errore", "Errore di comunicazione con il server. Riprova.");
}
