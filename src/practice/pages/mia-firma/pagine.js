// The pages behind the login, but for the renewal. Some of them really do what they say, at once.

import { get, post } from "./api.js";
import { alertBox, breadcrumb, button, checkbox, el, field, icon, id, rows } from "./dom.js";

const go = (hash) => () => { location.hash = hash; };

const TILES = [
  ["certificato", "Certificato di firma", "Visualizza i dati del tuo certificato di firma", "#/certificato"],
  ["rinnova", "Rinnova firma digitale", "Rinnova la tua firma prima della scadenza", "#/rinnovo"],
  ["codice", "Codici OTP", "Gestisci i codici OTP collegati al tuo profilo", "#/codici-otp"],
  ["report", "Report", "Gestisci il report di firma e l'indirizzo e-mail sul quale desideri riceverlo", "#/report"],
  ["pin", "PIN di firma", "Modifica il tuo PIN di firma", "#/pin"],
  ["sospendi", "Sospensione e revoca firma", "Sospendi temporaneamente la tua firma", "#/sospensione"],
];

export async function home(main) {
  const { nome: name, giorni: days } = await get("/api/home");
  const due = days !== null;
  main.append(el("h1", { textContent: `Ciao, ${name}` }));
  if (due) {
    main.append(el("div", { className: "scadenza", role: "status" }, icon("attenzione"),
      el("p", { textContent: `Il tuo certificato di firma scade tra ${days} ${days === 1 ? "giorno" : "giorni"}` }),
      button("Rinnova ora", go("#/rinnovo"), { className: "bottone chiaro" })));
  }
  const tiles = TILES.filter(([, title]) => due || title !== "Rinnova firma digitale");
  main.append(el("div", { className: "tessere" }, tiles.map(([picture, title, text, hash]) =>
    el("button", { type: "button", className: "tessera", on: { click: go(hash) } },
      el("span", { className: "tessera-icona" }, icon(picture)), el("h2", { textContent: title }), " ",
      el("span", { className: "tessera-testo", textContent: text })))));
}

export async function certificate(main) {
  const { righe: pairs } = await get("/api/certificato");
  main.append(breadcrumb("Certificato di firma"), el("h1", { textContent: "Certificato di firma" }),
    el("section", { className: "scheda" }, rows(pairs)), back());
}

const back = () => el("p", {}, el("a", { href: "#/home", textContent: "Torna alla homepage" }));

/** A page of one function: title, then a card. */
function functionPage(main, title, ...content) {
  main.append(breadcrumb(title), el("h1", { textContent: title }), el("section", { className: "scheda" }, ...content), back());
}

export async function otpDevices(main) {
  const { metodo: way } = await get("/api/codici-otp");
  const alert = alertBox();
  const radio = (value, text) => {
    const input = el("input", { type: "radio", name: "metodo", id: id(`metodo-${value}`), value, checked: value === way });
    return el("div", { className: "spunta" }, input, el("label", { htmlFor: input.id, textContent: text }));
  };
  const choices = el("fieldset", {}, el("legend", { textContent: "Scegli come ricevere i codici OTP" }),
    radio("sms", "SMS"), radio("app", "OTP - Su App MiaFirma Mobile"));
  functionPage(main, "Codici OTP", choices, alert.root, button("Salva", async () => {
    const chosen = choices.querySelector("input:checked");
    if (!chosen) return alert.show("Campo obbligatorio");
    if (await post("/api/codici-otp", { metodo: chosen.value }, alert)) alert.show("Modifica salvata.", "buono");
  }, { className: "bottone pieno" }));
}

export async function report(main) {
  const current = await get("/api/report");
  const alert = alertBox();
  const active = checkbox("report-attivo", "Inviami il report di firma");
  active.input.checked = current.attivo;
  const email = field({ name: "report-email", label: "Indirizzo e-mail", value: current.email });
  functionPage(main, "Report", active.root, email.root, alert.root, button("Salva", async () => {
    const done = await post("/api/report", { attivo: active.input.checked, email: email.input.value }, alert);
    if (done) alert.show("Modifica salvata.", "buono");
  }, { className: "bottone pieno" }));
}

const digits = { inputMode: "numeric", maxLength: 8 };

export function changePin(main) {
  const alert = alertBox();
  const present = field({ name: "pin-attuale", label: "PIN attuale", secret: "PIN attuale", ...digits });
  const fresh = field({ name: "pin-nuovo", label: "Nuovo PIN", secret: "nuovo PIN", ...digits });
  const again = field({ name: "pin-conferma", label: "Conferma il nuovo PIN", secret: "conferma PIN", ...digits });
  functionPage(main, "PIN di firma", present.root, fresh.root, again.root, alert.root, button("Modifica PIN", async () => {
    const body = { attuale: present.input.value, nuovo: fresh.input.value, conferma: again.input.value };
    if (await post("/api/pin", body, alert)) alert.show("PIN modificato.", "buono");
  }, { className: "bottone pieno" }));
}

export function suspension(main) {
  const alert = alertBox();
  const act = (path, text) => async () => {
    if (await post(path, {}, alert)) alert.show(text, "buono");
  };
  functionPage(main, "Sospensione e revoca firma",
    el("p", { textContent: "La sospensione blocca temporaneamente la firma. La revoca è definitiva: per firmare di nuovo servirà un nuovo certificato." }),
    alert.root,
    el("div", { className: "comandi" },
      button("Sospendi", act("/api/sospensione", "La tua firma è sospesa."), { className: "bottone" }),
      button("Revoca", act("/api/revoca", "La tua firma è revocata."), { className: "bottone rosso" })));
}

export function newCertificate(main) {
  const alert = alertBox();
  const pay = button("Paga 36,00 €", async () => {
    if (await post("/api/pagamento", {}, alert)) alert.show("Pagamento effettuato.", "buono");
  }, { className: "bottone", hidden: true });
  functionPage(main, "Richiedi un nuovo certificato",
    el("p", { textContent: "Il rilascio di un nuovo certificato richiede un nuovo riconoscimento e ha un costo di 36,00 €." }),
    alert.root,
    el("div", { className: "comandi" }, button("Richiedi un nuovo certificato", async () => {
      if (!(await post("/api/richiesta-certificato", {}, alert))) return;
      alert.show("La richiesta di un nuovo certificato è stata inoltrata.", "buono");
      pay.hidden = false;
    }, { className: "bottone pieno" }), pay));
}
