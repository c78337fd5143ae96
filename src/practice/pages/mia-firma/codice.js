// The panel that asks for a one-time code, in each of the ways an account may have one.

import { post } from "./api.js";
import { alertBox, button, el, id } from "./dom.js";
import { parts, say } from "./gioco.js";

/**
 * `info` says how the account confirms; `name` tells the two panels of one dialog apart. `confirm`
 * gets the code and the place for errors.
 */
export function codePanel(info, name, { confirm, cancel }) {
  const alert = alertBox();
  const textId = id(`${name}-testo`);
  const intro = el("p", { id: textId, textContent: introduction(info) });
  const [typedInto = otpBoxes] = parts("code");
  const boxes = info.cifre > 0 ? typedInto(info.cifre, textId) : null;
  const submit = button("Conferma", async () => {
    if (!parts("before").every((ask) => ask())) return;
    submit.disabled = true;
    await confirm(boxes ? boxes.value() : "", alert);
    if (alert.last?.word === "annullata") return stop();
    boxes?.clear();
    update();
  }, { className: "bottone pieno" });
  const update = () => { submit.disabled = Boolean(boxes) && boxes.value().length < info.cifre; };
  boxes?.root.addEventListener("input", update);
  boxes?.root.addEventListener("otp", update);
  update();

  const timer = el("span", { className: "conto", role: "timer" });
  const again = button(boxes ? "Invia nuovo OTP" : "Invia nuova richiesta", async () => {
    again.disabled = true;
    const sent = await post("/api/rinnovo/codice", {}, alert);
    if (sent) {
      boxes?.clear();
      update();
      start();
    } else if (alert.last?.word === "annullata") {
      stop();
    } else {
      again.disabled = false;
    }
  }, { className: "bottone testo", disabled: true });
  const what = boxes ? "Il codice" : "La richiesta";
  const timed = info.metodo === "sms" || info.metodo === "push";

  let ticking = 0;
  function start() {
    if (timed) {
      const began = Date.now();
      const tick = () => {
        const gone = Math.floor((Date.now() - began) / 1000);
        const left = Math.max(0, info.valido_s - gone);
        const clock = `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
        timer.textContent = say(left > 0 ? `${what} scade tra ${clock}` : `${what} è ${boxes ? "scaduto" : "scaduta"}`);
        again.disabled = gone < info.reinvio_s;
      };
      clearInterval(ticking);
      ticking = setInterval(tick, 1000);
      tick();
    }
    boxes?.focus();
  }
  function stop() {
    clearInterval(ticking);
    timer.textContent = "";
    again.disabled = true;
    submit.disabled = true;
    boxes?.disable();
  }
  const root = el("div", {}, intro, boxes?.root,
    timed ? el("div", { className: "riga-codice" }, timer, again) : null, alert.root,
    el("div", { className: "comandi" }, button("Annulla", cancel), submit));
  return { root, start, stop };
}

function introduction(info) {
  switch (info.metodo) {
    case "sms": return `Inserisci il codice OTP inviato al numero ${info.telefono}`;
    case "hotp": return "Inserisci il codice OTP generato dal tuo token";
    case "totp": return "Inserisci il codice OTP generato dalla tua app di autenticazione";
    default: return "Approva l'operazione sull'app MiaFirma Mobile e premi Conferma";
  }
}

/** One box for each digit: typing moves on, deleting moves back, pasting fills them all. */
function otpBoxes(count, labelledBy) {
  const inputs = Array.from({ length: count }, (_, index) => el("input", {
    type: "text",
    inputMode: "numeric",
    maxLength: 1,
    autocomplete: index === 0 ? "one-time-code" : "off",
    "data-otp": String(index),
    "aria-label": `Cifra ${index + 1} di ${count}`,
  }));
  const root = el("div", { className: "caselle", role: "group", "aria-labelledby": labelledBy }, inputs);
  const fill = (from, text) => {
    const digits = text.replace(/\D/g, "").slice(0, count - from);
    [...digits].forEach((digit, offset) => { inputs[from + offset].value = digit; });
    inputs[Math.min(from + digits.length, count - 1)].focus();
    root.dispatchEvent(new CustomEvent("otp"));
  };
  inputs.forEach((input, index) => {
    input.addEventListener("input", () => {
      if (/\D/.test(input.value)) input.value = "";
      else if (input.value && index + 1 < count) inputs[index + 1].focus();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Backspace" && !input.value && index > 0) {
        inputs[index - 1].value = "";
        inputs[index - 1].focus();
      }
    });
    input.addEventListener("paste", (event) => {
      event.preventDefault();
      fill(index, event.clipboardData.getData("text"));
    });
    input.addEventListener("focus", () => input.select());
  });
  return {
    root,
    value: () => inputs.map((input) => input.value).join(""),
    clear: () => { for (const input of inputs) input.value = ""; inputs[0].focus(); },
    focus: () => inputs[0].focus(),
    disable: () => { for (const input of inputs) input.disabled = true; },
  };
}
