// The renewal: the page, the dialog of four panels, the result.

import { get, post } from "./api.js";
import { codePanel } from "./codice.js";
import { alertBox, altering, breadcrumb, button, checkbox, dialog, el, field, icon, id } from "./dom.js";
import { parts, style } from "./gioco.js";

const TITLE = "Rinnova firma digitale";
const PANELS = [
  ["consensi", "Consensi"], ["firma", "Conferma l'operazione"], ["pin", "Attiva il certificato"], ["attivazione", "Conferma l'operazione"],
];
/** How long «Conferma» of the first panel takes to wake once everything is set. */
const WAKES_AFTER = 150;

export async function renewal(main) {
  const data = await get("/api/rinnovo");
  const content = el("section", { className: "scheda" });
  const expires = () => el("p", {}, "Il tuo certificato scade il ", el("strong", { textContent: data.scadenza }));
  if (data.stato === "rinnovabile") {
    const text = data.coupon ? "Rinnova con Coupon" : "Rinnova firma";
    content.append(expires(), button(text, () => openDialog(data), { className: "bottone pieno" }));
  } else if (data.stato === "in_corso") {
    content.append(el("p", { textContent: data.testo }), button("Riprendi", () => openDialog(data, "pin"), { className: "bottone pieno" }));
  } else {
    content.append(el("p", { className: "avvertenza", textContent: data.testo }));
  }
  main.append(breadcrumb(TITLE), el("h1", { textContent: TITLE }), content,
    el("p", {}, el("a", { href: "#/home", textContent: "Torna alla homepage" })));
}

export async function result(main) {
  const { rinnovato: renewed, testo: words, scadenza: expires } = await get("/api/rinnovo/esito");
  if (!renewed) {
    location.hash = "#/home";
    return;
  }
  main.append(breadcrumb(TITLE), el("h1", { textContent: TITLE }), el("section", { className: "scheda esito" },
    el("p", { className: "fatto", textContent: words }),
    el("p", {}, "Nuova scadenza: ", el("strong", { textContent: expires })),
    el("p", { textContent: "Per utilizzare il tuo certificato e firmare i tuoi documenti scarica MiaFirma Mobile e attiva le notifiche push per confermare le firme." }),
    el("a", { className: "bottone pieno", href: "#/home", textContent: "Torna alla homepage" })));
}

/** The panels in their order: ours, and before some of them those that played changes add. */
function panels(data) {
  const all = PANELS.map(([name, title]) => ({ name, title }));
  for (const step of parts("step").map((make) => make(data)).filter(Boolean)) {
    all.splice(all.findIndex(({ name }) => name === step.before), 0, step);
  }
  return all;
}

function openDialog(data, from = "") {
  const order = panels(data);
  const first = Math.max(0, order.findIndex(({ name }) => name === from));
  const sections = order.map(({ title }, index) => {
    const region = el("div", { id: id(`pannello-${index + 1}`), className: "pannello-corpo", role: "region", hidden: true });
    const header = el("button", {
      type: "button",
      id: id(`pannello-${index + 1}-titolo`),
      "aria-expanded": "false",
      "aria-controls": region.id,
      disabled: true,
      on: { click: () => toggle(index) },
    }, el("span", { className: "numero", textContent: String(index + 1) }), " ", el("span", { textContent: title }), icon("giu"));
    region.setAttribute("aria-labelledby", header.id);
    return { header, region, root: el("section", { className: "pannello" }, el("h3", {}, header), region) };
  });
  let current = first;
  const expand = (index, open) => {
    sections[index].region.hidden = !open;
    sections[index].header.setAttribute("aria-expanded", String(open));
  };
  const toggle = (index) => expand(index, sections[index].region.hidden);
  const show = (index) => {
    expand(current, false);
    sections[current].header.disabled = true;
    sections[current].root.classList.toggle(style("completo"), index > current);
    current = index;
    sections[index].header.disabled = false;
    expand(index, true);
    bodies[index].start?.();
  };
  const next = () => show(current + 1);
  const cancel = async () => {
    end();
    await post("/api/rinnovo/annulla", {});
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  };
  const end = () => {
    for (const panel of [signing, activation]) panel.stop();
    window_.close();
  };

  const signing = codePanel(data.codice, "firma", {
    cancel,
    confirm: async (codice, alert) => {
      if (!(await post("/api/rinnovo/firma", { codice }, alert))) return;
      signing.stop();
      next();
    },
  });
  const activation = codePanel(data.codice, "attivazione", {
    cancel,
    confirm: async (codice, alert) => {
      if (!(await post("/api/rinnovo/attiva", { codice }, alert))) return;
      end();
      location.hash = "#/rinnovo/esito";
    },
  });
  const ours = {
    consensi: () => ({ root: consentPanel(data, cancel, next) }),
    firma: () => signing,
    pin: () => ({ root: pinPanel(data, cancel, next) }),
    attivazione: () => activation,
  };
  const bodies = order.map(({ name, fill }) => fill ? { root: fill(cancel, next) } : ours[name]());
  bodies.forEach((body, index) => sections[index].region.append(body.root));
  for (let done = 0; done < first; done += 1) sections[done].root.classList.add("completo");
  const window_ = dialog("Rinnova firma", el("div", { className: "pannelli" }, sections.map((section) => section.root)),
    { wide: true, onClose: cancel });
  show(first);
}

function consentPanel(data, cancel, next) {
  const alert = alertBox();
  const bold = (text) => el("strong", { textContent: text });
  const terms = checkbox("cgs", "Accetto le ", bold("condizioni generali di servizio"));
  const unchanged = checkbox("dati", "Confermo");
  const keeping = data.nuovo_consenso ? checkbox("conservazione", "Accetto la conservazione dei dati biometrici") : null;
  const boxes = [terms, unchanged, keeping].filter(Boolean);
  const pin = data.senza_pin ? null : field({
    name: "pin", label: "PIN di firma", placeholder: "Inserisci il PIN di firma", secret: "PIN", inputMode: "numeric", maxLength: 8,
  });
  if (pin) altering(pin.input, data.campo_pin);
  const submit = button("Conferma", async () => {
    submit.disabled = true;
    const body = { condizioni: terms.input.checked, dati: unchanged.input.checked, pin: pin ? pin.input.value : "" };
    if (keeping) body.conservazione = keeping.input.checked;
    for (const send of parts("send")) send(body);
    const accepted = await post("/api/rinnovo/consensi", body, alert);
    if (accepted) return next();
    if (!pin) return;
    pin.input.value = "";
    if (alert.last?.word === "pin-bloccato") pin.input.disabled = true;
  }, { className: "bottone pieno", disabled: true });
  let waking = 0;
  const update = () => {
    clearTimeout(waking);
    const set = boxes.every((box) => box.input.checked) && pin?.input.value !== "";
    if (set && submit.disabled) waking = setTimeout(() => { submit.disabled = false; }, WAKES_AFTER);
    else if (!set) submit.disabled = true;
  };
  for (const { input } of [...boxes, pin].filter(Boolean)) input.addEventListener("input", update);
  return el("div", {},
    el("p", {}, "Io sottoscritto ", bold(data.titolare), " titolare della firma con IUT ", bold(data.iut), " in scadenza il ", bold(data.scadenza),
      " richiedo a EnteCert S.p.A. (esercizio) di procedere con il rinnovo del servizio."),
    terms.root,
    el("p", {}, "Confermi che le informazioni personali comunicate al momento della registrazione del certificato di Firma siano tuttora valide per richiedere un nuovo certificato qualificato?",
      el("br"), "Se le tue informazioni personali hanno subito variazioni, sarà necessario ",
      el("a", { href: "#/richiedi-certificato", textContent: "richiedere un nuovo certificato" }), "."),
    unchanged.root, keeping && keeping.root, pin && pin.root, alert.root,
    el("div", { className: "comandi" }, button("Annulla", cancel), submit));
}

function pinPanel(data, cancel, next) {
  const alert = alertBox();
  const secret = { inputMode: "numeric", maxLength: 8, secret: "PIN" };
  const pin = field({ name: "nuovo-pin", label: "Scegli un PIN di firma", ...secret });
  const again = field({ name: "conferma-pin", label: "Conferma il PIN", placeholder: "Conferma il nuovo PIN di firma", ...secret });
  for (const one of [pin, again]) altering(one.input, data.campo_nuovo_pin);
  const submit = button("Attiva il certificato", async () => {
    submit.disabled = true;
    const accepted = await post("/api/rinnovo/pin", { pin: pin.input.value, conferma: again.input.value }, alert);
    if (accepted) next();
    else update();
  }, { className: "bottone pieno", disabled: true });
  const update = () => { submit.disabled = !pin.input.value || !again.input.value; };
  for (const one of [pin, again]) one.input.addEventListener("input", update);
  const choose = el("div", { hidden: data.coupon }, el("p", { className: "sopra", textContent: "Imposta il nuovo PIN di firma" }),
    pin.root, again.root, alert.root, el("div", { className: "comandi" }, button("Annulla", cancel), submit));
  return el("div", {}, data.coupon ? couponForm(cancel, () => { choose.hidden = false; }) : null, choose);
}

export function couponForm(cancel, next) {
  const alert = alertBox();
  const coupon = field({ name: "coupon", label: "Codice Coupon" });
  const root = el("div", {}, coupon.root, alert.root, el("div", { className: "comandi" }, button("Annulla", cancel),
    button("Conferma", async () => {
      if (!(await post("/api/rinnovo/coupon", { coupon: coupon.input.value }, alert))) return;
      root.hidden = true;
      next();
    }, { className: "bottone pieno" })));
  return root;
}
