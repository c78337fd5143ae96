// What changes make of the shape of a page: other elements, other names, other places for the same things.

import { button, el, field } from "./dom.js";
import { address } from "./gioco.js";

/** The same short text for the same name, always. */
function hash(text) {
  let sum = 0x811c9dc5;
  for (const letter of text) sum = Math.imul(sum ^ letter.codePointAt(0), 0x01000193);
  return (sum >>> 0).toString(36);
}

const all = (root, selector) => [...root.querySelectorAll(selector)];

// D6, D7, D38: something else in a button's place.

const MIRRORED = ["disabled", "hidden", "aria-expanded", "aria-selected"];

/** Puts `made` in the place of a button, which goes on living outside the page: it is shown as the button would be. */
function standIn(original, made, act = null) {
  made.className = original.className;
  if (original.id) made.id = original.id;
  if (original.hasAttribute("aria-label")) made.setAttribute("aria-label", original.getAttribute("aria-label"));
  const mirror = () => {
    for (const name of MIRRORED) {
      const shown = name === "disabled" && !("disabled" in made) ? "aria-disabled" : name;
      if (name === "disabled" && shown === name) made.disabled = original.disabled;
      else if (original.hasAttribute(name)) made.setAttribute(shown, original.getAttribute(name) || "true");
      else made.removeAttribute(shown);
    }
  };
  new MutationObserver(mirror).observe(original, { attributes: true });
  mirror();
  if (act) made.addEventListener("click", act);
  original.replaceWith(made);
}

/** What a click on a button does, wherever the button is now. */
function actOf(original) {
  const form = original.type === "submit" ? original.closest("form") : null;
  return () => {
    if (original.disabled) return;
    if (form) form.requestSubmit();
    else original.click();
  };
}

/** D6: by turns a link with a role and a bare box. */
export function linksAndBoxes(root) {
  all(root, "button.bottone, button.tessera").forEach((original, index) => {
    const made = el(index % 2 === 0 ? "a" : "div");
    made.append(...original.childNodes);
    const act = actOf(original);
    if (index % 2 === 0) {
      made.setAttribute("role", "button");
      made.tabIndex = 0;
      made.addEventListener("keydown", (event) => { if (event.key === "Enter") act(); });
    }
    standIn(original, made, act);
  });
}

/** D7: `<input type=submit value=…>`. */
export function inputsForButtons(root) {
  for (const original of all(root, "button.bottone")) {
    const made = el("input", { type: original.type, value: original.textContent });
    standIn(original, made, original.type === "submit" ? null : actOf(original));
  }
}

/** D38: «Conferma» sends its panel to another address. */
export function sentTo(dialogBox, action) {
  for (const region of all(dialogBox, "[role=region]")) {
    const confirm = all(region, "button").find((one) => one.textContent === "Conferma");
    if (!confirm) continue;
    for (const input of all(region, "input")) input.name = input.dataset.otp ? "codice" : input.id;
    const form = el("form", { method: "post", action, noValidate: true });
    form.append(...region.childNodes);
    region.append(form);
    standIn(confirm, el("button", { type: "submit", textContent: "Conferma" }));
  }
}

// D12: one field for a code.

let codeFields = 0;

export function oneField(count) {
  codeFields += 1;
  const { root, input } = field({
    name: `otp-${codeFields}`, label: "Codice OTP", inputMode: "numeric", maxLength: count, autocomplete: "one-time-code",
  });
  return {
    root,
    value: () => input.value,
    clear: () => { input.value = ""; },
    focus: () => input.focus(),
    disable: () => { input.disabled = true; },
  };
}

// D17: a button that is enabled only after a while.

const LATE_MS = 2000;

export function lateButtons(root) {
  const usual = Object.getOwnPropertyDescriptor(HTMLButtonElement.prototype, "disabled");
  for (const late of all(root, "button.bottone.pieno")) {
    const shown = (value) => usual.set.call(late, value);
    let waking = 0;
    Object.defineProperty(late, "disabled", {
      get: () => usual.get.call(late),
      set: (value) => {
        if (value) {
          clearTimeout(waking);
          waking = 0;
          shown(true);
        } else if (usual.get.call(late) && !waking) {
          waking = setTimeout(() => { waking = 0; shown(false); }, LATE_MS);
        }
      },
    });
    if (usual.get.call(late)) continue;
    shown(true);
    late.disabled = false;
  }
}

// D18, D21: other places.

export function swapCommands(root) {
  for (const commands of all(root, ".comandi")) commands.append(...[...commands.children].reverse());
}

export function swapFields(root) {
  const parents = new Set(all(root, ".campo-gruppo").map((group) => group.parentElement));
  for (const parent of parents) {
    const groups = [...parent.children].filter((one) => one.matches(".campo-gruppo"));
    const after = groups.at(-1).nextSibling;
    for (const group of groups.reverse()) parent.insertBefore(group, after);
  }
}

// D20: the same form once more, hidden.

export function hiddenTemplate(root) {
  const form = root.querySelector("[role=region], form");
  if (!form) return;
  const copy = form.cloneNode(true);
  copy.removeAttribute("id");
  const names = ["id", "for", "aria-labelledby", "aria-describedby"];
  for (const one of all(copy, "*")) {
    for (const name of names) if (one.hasAttribute(name)) one.setAttribute(name, `${one.getAttribute(name)}-modello`);
  }
  form.before(el("div", { className: "modello", hidden: true }, copy));
}

// D22, E11: fields that are named or typed otherwise.

export function placeholdersOnly(root) {
  for (const box of all(root, ".campo")) {
    const label = box.querySelector("label");
    box.classList.add("fisso");
    box.querySelector("input").placeholder = label.textContent;
    label.remove();
  }
}

export function emailField(page) {
  for (const input of all(page, "input[autocomplete=username]")) input.type = "email";
}

// D31: digits to click.

function shuffled(text) {
  const letters = [...text];
  for (let last = letters.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [letters[last], letters[other]] = [letters[other], letters[last]];
  }
  return letters;
}

export function keypads(root) {
  for (const input of all(root, "input[type=password][inputmode=numeric]")) {
    const set = (value) => {
      input.value = value.slice(0, input.maxLength);
      input.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    };
    input.readOnly = true;
    const key = (text, act) => button(text, act, { className: "tasto" });
    input.closest(".campo-gruppo").append(el("div", { className: "tastiera", role: "group", "aria-label": "Tastiera numerica" },
      shuffled("0123456789").map((digit) => key(digit, () => set(input.value + digit))), key("Cancella", () => set(""))));
  }
}

// D1: other ids.

const IDS = {
  userId: "username-input", password: "password-input", accedi: "login-submit", cgs: "terms-checkbox", dati: "data-checkbox",
  pin: "signing-pin-input", "nuovo-pin": "new-pin-input", "conferma-pin": "new-pin-again-input",
};
const REFERENCES = ["for", "aria-labelledby", "aria-describedby", "aria-controls"];

export function renameIds(root) {
  const renamed = new Map(all(root, "[id]").map((one) => [one.id, `${IDS[one.id] ?? `element-${hash(one.id)}`}-3f2a`]));
  for (const one of all(root, "*")) {
    if (one.id) one.id = renamed.get(one.id);
    for (const name of REFERENCES) {
      const target = renamed.get(one.getAttribute(name));
      if (target) one.setAttribute(name, target);
    }
  }
}

// D3: hashed class names, in the page and in its style sheet.

export const hashedNames = (names) => names.split(" ").filter(Boolean).map(hashedName).join(" ");
const hashedName = (name) => name.startsWith("c-") ? name : `c-${hash(name)}`;

export function hashClasses(root) {
  for (const one of [root, ...all(root, "[class]")]) {
    if (one.hasAttribute("class")) one.setAttribute("class", hashedNames(one.getAttribute("class")));
  }
}

function hashRules(rules) {
  for (const rule of rules) {
    if (rule.selectorText) rule.selectorText = rule.selectorText.replace(/\.([a-z][\w-]*)/g, (_, name) => `.${hashedName(name)}`);
    else if (rule.cssRules) hashRules(rule.cssRules);
  }
}

export function hashStyle() {
  for (const sheet of document.styleSheets) if (sheet.href?.endsWith("/style.css")) hashRules(sheet.cssRules);
  hashClasses(document.getElementById("radice"));
}

// D8, D9: fields in a shadow root of their own.

export function inShadow(root, mode) {
  const style = new CSSStyleSheet();
  const texts = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText));
  style.replaceSync(texts.join("\n"));
  for (const input of all(root, "input[type=password], input[type=email], input[autocomplete=username]")) {
    const group = input.parentElement.parentElement;
    const shadow = group.attachShadow({ mode });
    shadow.adoptedStyleSheets = [style];
    shadow.append(...group.childNodes);
  }
}

// D10, D11: the form in a frame.

export function formInFrame(page, source) {
  page.querySelector("form")?.replaceWith(el("iframe", { src: source, title: "Accesso", className: "cornice" }));
}

// D32: other addresses.

const ADDRESSES = {
  "#/login": "#/sign-in", "#/home": "#/dashboard", "#/certificato": "#/certificate",
  "#/rinnovo": "#/renew", "#/rinnovo/esito": "#/renew/done",
};
const PAGES = Object.fromEntries(Object.entries(ADDRESSES).map(([page, shown]) => [shown, page]));

export const renamedAddress = (hash_) => ADDRESSES[hash_] ?? hash_;
export const pageOfAddress = (hash_) => PAGES[hash_] ?? hash_;

export function renameLinks(root) {
  for (const link of all(root, "a[href^='#/']")) link.setAttribute("href", address(link.getAttribute("href")));
}

// D35, D36: the same things built otherwise.

/** Another element with the same attributes and content; only for what nothing listens to. */
function rebuilt(original, name, className, attributes = {}) {
  const made = el(name, attributes, ...original.childNodes);
  for (const { name: key, value } of original.attributes) if (key !== "class") made.setAttribute(key, value);
  made.className = className;
  original.replaceWith(made);
  return made;
}

function tableOf(list) {
  const row = (pair) => el("tr", {}, el("th", { scope: "row", textContent: pair.querySelector("dt").textContent }),
    el("td", { textContent: pair.querySelector("dd").textContent }));
  list.replaceWith(el("table", { className: "tabella" }, el("tbody", {}, [...list.children].map(row))));
}

function labelAbove(box) {
  box.prepend(box.querySelector("label"));
  box.classList.replace("campo", "riga-campo");
}

export function redesign(root) {
  for (const tiles of all(root, ".tessere")) {
    const list = rebuilt(tiles, "ul", "elenco");
    list.replaceChildren(...[...list.children].map((tile) => el("li", {}, tile)));
  }
  for (const list of all(root, "dl.righe")) tableOf(list);
  for (const box of all(root, ".campo")) if (box.querySelector("label")) labelAbove(box);
  for (const path of all(root, ".briciole")) path.parentElement.append(path);
  for (const title of all(root, "h1")) rebuilt(title, "div", "titolo", { role: "heading", "aria-level": "1" });
  for (const card of all(root, "section.scheda")) rebuilt(card, "article", card.className.replace("scheda", "riquadro"));
  for (const one of all(root, ".bottone")) one.classList.replace("bottone", "azione");
  if (root.matches(".pagina")) root.replaceChildren(el("div", { className: "strato" }, ...root.childNodes));
}

export function redesignFrame() {
  const frame = document.getElementById("radice");
  frame.classList.add("a-lato");
  frame.append(frame.querySelector("header"));
}
