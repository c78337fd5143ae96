// The login form alone, for a page that shows it in a frame (change D10).

import { session } from "./api.js";
import { login } from "./accesso.js";
import "./cambiamenti.js";
import { el } from "./dom.js";
import { change, play } from "./gioco.js";

const known = await session();
play(known.cambiamenti ?? [], known.estraneo);
const page = el("div", { className: "pagina accesso" });
login(page, () => window.parent.dispatchEvent(new Event("accesso")));
change(page, "#/login");
page.replaceChildren(page.querySelector("form"));
document.getElementById("radice").append(page);
// The form leads elsewhere: the page around it goes there.
window.addEventListener("hashchange", () => { window.parent.location.hash = location.hash; });
