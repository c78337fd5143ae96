// Building blocks of the page. Every text is set as text: nothing is ever read as HTML.

import { change, parts, say, style } from "./gioco.js";

let suffix = "";

/** From now on every id ends in something else (the knob random_ids). */
export function randomiseIds() {
  suffix = "-" + Math.random().toString(36).slice(2, 8);
}

export const id = (name) => name + suffix;

/** Makes an element: properties by name, attributes where HTML has no property of that name. */
export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "on") {
      for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    } else if (key in made && !key.includes("-")) {
      made[key] = value;
    } else {
      made.setAttribute(key, value);
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** A picture from the sheet of icons. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icona");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/icone.svg#${name}`);
  svg.append(use);
  return svg;
}

export function button(text, act, properties = {}) {
  return el("button", { type: "button", className: "bottone", textContent: text, on: { click: act }, ...properties });
}

/** A text field with a floating label; `secret` adds the eye. */
export function field({ name, label, placeholder = label, secret = "", ...properties }) {
  const input = el("input", {
    id: id(name),
    type: secret ? "password" : "text",
    placeholder,
    autocomplete: "off",
    spellcheck: false,
    ...properties,
  });
  const error = el("p", { id: id(`${name}-errore`), className: "campo-errore", hidden: true });
  input.setAttribute("aria-describedby", error.id);
  const box = el("div", { className: placeholder === label ? "campo" : "campo fisso" }, input,
    el("label", { htmlFor: input.id, textContent: label }), secret ? eye(input, secret) : null);
  const show = (text) => {
    error.textContent = say(text);
    error.hidden = !text;
    input.setAttribute("aria-invalid", String(Boolean(text)));
  };
  input.addEventListener("blur", () => show(input.value ? "" : "Campo obbligatorio"));
  input.addEventListener("input", () => show(""));
  return { root: el("div", { className: "campo-gruppo" }, box, error), input, show };
}

/** What the field makes of what is typed (the knobs pin_field and new_pin_field). */
export function altering(input, kind) {
  if (kind === "short") input.maxLength = 6;
  if (kind !== "number" && kind !== "number_when_left") return;
  input.type = "number";
  input.addEventListener(kind === "number" ? "input" : "blur", () => {
    if (input.value) input.value = String(Number(input.value));
  });
}

function eye(input, what) {
  const made = el("button", { type: "button", className: "occhio" }, icon("occhio"));
  const name = () => made.setAttribute("aria-label", say(`${input.type === "password" ? "Mostra" : "Nascondi"} ${what}`));
  made.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    name();
  });
  // The eye must not take the field's focus, or leaving the field would look like leaving it empty.
  made.addEventListener("mousedown", (event) => event.preventDefault());
  name();
  return made;
}

export function checkbox(name, ...label) {
  const input = el("input", { id: id(name), type: "checkbox" });
  return { root: el("div", { className: "spunta" }, input, el("label", { htmlFor: input.id }, ...label)), input };
}

/** A place for errors, read aloud when one appears. */
export function alertBox() {
  const root = el("div", { className: "allarme", role: "alert", hidden: true });
  const show = (text, kind = "") => {
    const [tell] = parts("tell");
    if (tell && text && !kind) return tell(text);
    root.textContent = say(text);
    root.className = style(`allarme ${kind}`);
    root.hidden = !text;
  };
  return { root, show };
}

/** Rows of label and value. */
export function rows(pairs) {
  return el("dl", { className: "righe" }, pairs.map(([label, value]) =>
    el("div", {}, el("dt", { textContent: `${label}:` }), " ", el("dd", { textContent: value }))));
}

export function breadcrumb(text) {
  return el("nav", { className: "briciole", "aria-label": "Percorso" },
    el("a", { href: "#/home", textContent: "MiaFirma" }), " > ", el("span", { "aria-current": "page", textContent: text }));
}

function setBehind(behind) {
  document.getElementById("radice").inert = behind;
  document.documentElement.classList.toggle(style("bloccato"), behind);
}

/** A dialog above everything; the page behind it takes no clicks. */
export function dialog(title, content, { wide = false, onClose = null } = {}) {
  const before = document.activeElement;
  const heading = el("h2", { id: id("titolo-finestra"), textContent: title });
  const close = () => {
    veil.remove();
    setBehind(document.getElementById("finestre").childElementCount > 0);
    if (before && before.isConnected) before.focus();
  };
  const cross = onClose && el("button", {
    type: "button", className: "chiudi", textContent: "✕", "aria-label": "Chiudi", on: { click: onClose },
  });
  const box = el("div", { className: wide ? "finestra larga" : "finestra", role: "dialog", "aria-modal": "true", "aria-labelledby": heading.id },
    el("div", { className: "finestra-testa" }, heading, cross), content);
  const veil = el("div", { className: "velo" }, box);
  change(veil, title);
  document.getElementById("finestre").append(veil);
  setBehind(true);
  return { box, close };
}

/** Closes whatever dialogs stand open. */
export function closeDialogs() {
  document.getElementById("finestre").replaceChildren();
  setBehind(false);
}
