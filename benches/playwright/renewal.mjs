// The MySign renewal in Playwright, as a practised user would write it: roles and labels, automatic waiting, no pauses.
//
// The bench starts it with one JSON argument and the secrets in the environment, and reads one JSON line from its
// standard output: milliseconds since the start of node at which the browser stood ready and the last output was there.

import http from "node:http";
import { chromium } from "playwright-core";

const { portal, admin, user, program, out } = JSON.parse(process.argv[2]);
const { BENCH_PASSWORD: password, BENCH_PIN: pin, RINNOVA_PRACTICE_TOKEN: token } = process.env;

/** The code of the first message after a moment; the outbox answers as soon as it has one. */
function code(after) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    http.get(`${admin}/_/sms?user=${user}&after=${after}&wait=30`, { headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => { text += part; });
      response.on("end", () => resolve(JSON.parse(text).sms.at(-1).code));
    }).on("error", reject);
  });
}

const browser = await chromium.launch({ executablePath: program, headless: true });
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "it-IT" });
const page = await context.newPage();
const ready = performance.now();

const button = (name) => page.getByRole("button", { name });
const dialog = page.getByRole("dialog", { name: "Rinnova firma" });
const inDialog = (name) => dialog.getByRole("button", { name, exact: true });
const row = (label) => page.locator("dl > div").filter({ hasText: label }).locator("dd");
const boxes = dialog.getByRole("group", { name: /codice OTP/i });
const shot = (name, ...mask) => page.screenshot({ path: `${out}/${name}.png`, mask });

await page.goto(portal);
await button("Solo necessari").click();
await page.getByLabel("Inserisci il tuo User ID").fill(user);
const secret = page.getByLabel("Inserisci la tua password");
await secret.fill(password);
await shot("login", secret);
await button("ACCEDI").click();

await button("Certificato di firma").click();
const before = await row("Data di scadenza").innerText();
await row("IUT").innerText();
await shot("certificate");

await page.getByRole("link", { name: "Torna alla homepage" }).click();
const renew = button("Rinnova firma digitale");
await renew.waitFor();
await shot("home");
await renew.click();

const open = page.getByRole("button", { name: "Rinnova firma", exact: true });
await open.waitFor();
await shot("open");
await open.click();

await dialog.getByLabel("Accetto le condizioni generali di servizio").check();
await dialog.getByLabel("Confermo", { exact: true }).check();
const present = dialog.getByLabel("PIN di firma", { exact: true });
await present.fill(pin);
await shot("consents", present);
let sent = Date.now() - 1;
await inDialog("Conferma").click();

await boxes.getByRole("textbox").first().pressSequentially(await code(sent));
await shot("sign", boxes);
await inDialog("Conferma").click();

const fresh = dialog.getByLabel("Scegli un PIN di firma");
const again = dialog.getByLabel("Conferma il PIN");
await fresh.fill(pin);
await again.fill(pin);
await shot("new-pin", fresh, again);
sent = Date.now() - 1;
await inDialog("Attiva il certificato").click();

await boxes.getByRole("textbox").first().pressSequentially(await code(sent));
await shot("activate", boxes);
await inDialog("Conferma").click();

await page.getByText("Il tuo certificato di Firma Remota è stato rinnovato").waitFor();
await shot("done");
await page.getByRole("link", { name: "Torna alla homepage" }).click();

await button("Certificato di firma").click();
const after = await row("Data di scadenza").innerText();
await row("IUT").innerText();
await shot("certificate-2");
const last = performance.now();

await browser.close();
console.log(JSON.stringify({ ready, last, before, after }));
