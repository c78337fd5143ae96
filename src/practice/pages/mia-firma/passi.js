// What changes add to the portal: pages, panels, tiles, messages.

import { post } from "./api.js";
import { alertBox, breadcrumb, button, dialog, el, field, icon, id } from "./dom.js";
import { address, change, say } from "./gioco.js";
import { couponForm } from "./rinnovo.js";

const RENEWAL = "Rinnova firma digitale";
const commands = (...buttons) => el("div", { className: "comandi" }, buttons);
const full = { className: "bottone pieno" };

/** The element of a page that bears a text, and nothing but it. */
const bearing = (root, selector, text) =>
  [...root.querySelectorAll(selector)].find((one) => one.textContent.trim() === text);

// E2: a page between home and renewal.

let passed = false;

export const services = [/^#\/servizi$/, "Servizi di firma", true, (main) => {
  main.append(breadcrumb("Servizi di firma"), el("h1", { textContent: "Servizi di firma" }), el("section", { className: "scheda" },
    el("p", { textContent: "Da qui gestisci la tua firma digitale remota." }),
    button("Vai al rinnovo", () => { passed = true; location.hash = "#/rinnovo"; }, full)));
}];

export function throughServices(hash) {
  if (hash === "#/home") passed = false;
  return hash === "#/rinnovo" && !passed ? "#/servizi" : hash;
}

// E4, E5, E7: panels of the dialog.

export const securityInformation = () => ({
  before: "consensi",
  title: "Informazioni di sicurezza",
  fill: (cancel, next) => {
    const phone = field({ name: "telefono-sicurezza", label: "Numero di cellulare di recupero", inputMode: "tel" });
    const mail = field({ name: "email-sicurezza", label: "Indirizzo e-mail di recupero" });
    return panel("Completa le informazioni di sicurezza del tuo profilo.", [phone, mail], cancel, next);
  },
});

export const coupon = (data) => data.coupon ? null : {
  before: "pin", title: "Coupon di rinnovo", fill: couponForm,
};

export const passphrase = () => ({
  before: "pin",
  title: "Crea la passphrase",
  fill: (cancel, next) => {
    const secret = { secret: "passphrase", autocomplete: "new-password" };
    const fields = [
      field({ name: "passphrase", label: "Crea una passphrase", ...secret }),
      field({ name: "conferma-passphrase", label: "Conferma la passphrase", ...secret }),
    ];
    return panel("La passphrase proteggerà il tuo certificato e ti sarà chiesta a ogni firma.", fields, cancel, next);
  },
});

/** A panel of its own fields; it goes on when all are filled. */
function panel(text, fields, cancel, next) {
  const submit = button("Continua", next, { ...full, disabled: true });
  const update = () => { submit.disabled = fields.some((one) => one.input.value === ""); };
  for (const one of fields) one.input.addEventListener("input", update);
  return el("div", {}, el("p", { textContent: text }), fields.map((one) => one.root), commands(button("Annulla", cancel), submit));
}

// E6: a page that asks for money between the second code and the result.

let settled = false;

export const payment = [/^#\/rinnovo\/pagamento$/, "Completa il rinnovo", true, (main) => {
  const alert = alertBox();
  main.append(breadcrumb(RENEWAL), el("h1", { textContent: "Completa il rinnovo" }), el("section", { className: "scheda" },
    el("p", { textContent: "Per completare il rinnovo è previsto il pagamento di 36,00 €." }), alert.root,
    commands(button("Più tardi", () => { settled = true; location.hash = "#/rinnovo/esito"; }), button("Paga e completa", async () => {
      if (await post("/api/pagamento", {}, alert)) alert.show("Pagamento effettuato.", "buono");
    }, full))));
}];

export const throughPayment = (hash) => hash === "#/rinnovo/esito" && !settled ? "#/rinnovo/pagamento" : hash;

// E8: the QR code first, the form in another tab.

export function qrCodeFirst(page) {
  const form = page.querySelector("form");
  if (!form) return;
  const qr = el("div", { className: "qr" }, icon("qr"), el("p", { textContent: "Inquadra il codice con l'app MiaFirma Mobile." }));
  const panels = [qr, form].map((content) => {
    const one = el("div", { role: "tabpanel" });
    content.replaceWith(one);
    one.append(content);
    return one;
  });
  panels[1].before(panels[0]);
  const tabs = ["QR code", "User ID e password"].map((text, index) => button(text, () => choose(index), { className: "linguetta", role: "tab" }));
  const choose = (chosen) => tabs.forEach((tab, index) => {
    tab.setAttribute("aria-selected", String(index === chosen));
    panels[index].hidden = index !== chosen;
  });
  choose(0);
  panels[0].before(el("div", { className: "linguette", role: "tablist" }, tabs));
}

// E9: a message window after the login.

let told = false;

export function notice() {
  if (told) return;
  told = true;
  const alert = alertBox();
  const box = dialog("Avviso importante", el("div", {},
    el("p", { textContent: "Gentile cliente, il tuo certificato deve essere aggiornato entro la data di scadenza." }), alert.root,
    commands(button("Richiedi un nuovo certificato", async () => {
      if (await post("/api/richiesta-certificato", {}, alert)) alert.show("La richiesta di un nuovo certificato è stata inoltrata.", "buono");
    }, full))), { onClose: () => box.close() });
}

// D14: the consents on one page of the panel, the PIN on the next.

export function consentsInTwo(dialogBox) {
  const pin = dialogBox.querySelector("input[type=password]")?.closest(".campo-gruppo");
  const first = pin?.parentElement;
  if (!first) return;
  const second = [...first.children].slice([...first.children].indexOf(pin));
  const boxes = [...first.querySelectorAll("input[type=checkbox]")];
  const go = button("Continua", () => turn(true), { ...full, disabled: true });
  const firstPart = [...first.children].filter((one) => !second.includes(one));
  const turn = (onward) => {
    for (const one of firstPart) one.hidden = onward;
    for (const one of second) if (!one.matches("[role=alert]")) one.hidden = !onward;
  };
  first.addEventListener("input", () => { go.disabled = !boxes.every((box) => box.checked); });
  firstPart.push(commands(go));
  pin.before(firstPart.at(-1));
  turn(false);
}

// D16: a captcha that nobody can pass here.

export function captcha(page) {
  const form = page.querySelector("form");
  const submit = form?.querySelector("button[type=submit]");
  if (!submit) return;
  const state = el("span", { role: "status" });
  const box = el("input", { type: "checkbox", id: id("captcha"), on: { click: (event) => {
    event.preventDefault();
    state.textContent = say("Verifica in corso…");
  } } });
  submit.before(el("div", { className: "captcha", role: "group", "aria-label": "Verifica captcha" },
    box, el("label", { htmlFor: box.id, textContent: "Non sono un robot" }), state));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    state.textContent = say("Conferma di non essere un robot.");
  }, { capture: true });
}

// D19: a tile that revokes beside the one that renews.

export function decoyTile(page) {
  const right = bearing(page, "h2", RENEWAL)?.closest("button");
  if (!right) return;
  right.before(el("button", { type: "button", className: "tessera", on: { click: () => post("/api/revoca", {}) } },
    el("span", { className: "tessera-icona" }, icon("rinnova")), el("h2", { textContent: "Rinnova e revoca il precedente" }), " ",
    el("span", { className: "tessera-testo", textContent: "Rinnova la tua firma digitale e revoca il certificato in uso" })));
}

// D27: an error is a note that goes.

const TOAST_MS = 3000;

export function toast(text) {
  const note = el("div", { className: "nota", role: "alert", textContent: text });
  change(note, "nota");
  document.body.append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

// D28: a veil that stays.

export function veil(page) {
  page.append(el("div", { className: "velo attesa", role: "status" }, el("span", { className: "rotella" }),
    el("span", { textContent: "Caricamento in corso…" })));
}

// D29: the renewal in a new window.

export function inNewWindow(page) {
  const entries = [bearing(page, "h2", RENEWAL)?.closest("button"), bearing(page, "button", "Rinnova ora")];
  for (const entry of entries.filter(Boolean)) {
    const copy = entry.cloneNode(true);
    copy.addEventListener("click", () => window.open(`/${address("#/rinnovo")}`, "_blank"));
    entry.replaceWith(copy);
  }
}

// D30: the browser asks before a code is sent.

export const nativeConfirmation = () => window.confirm(say("Confermi di voler inviare la richiesta? L'operazione non può essere annullata."));

// D37: a field for robots.

let trap = null;

export function honeypot(dialogBox) {
  trap = el("input", { type: "text", id: id("pin-2"), name: "pin", tabIndex: -1, autocomplete: "off" });
  dialogBox.querySelector("[role=region]").prepend(el("div", { className: "fuori", "aria-hidden": "true" },
    el("label", { htmlFor: trap.id, textContent: "PIN" }), trap));
}

export function whatHoneypotHolds(consents) {
  if (trap?.value) consents.trappola = trap.value;
}
