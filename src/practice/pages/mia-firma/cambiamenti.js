// The changes that portal A can play, by id (portals.md §1.6), in the order in which they are applied. Those that are not
// here are played by the server (mia_firma/changes.rs) or by the cookie banner.
//
// What a change may have:
//   begin     done once, to the page as a whole
//   pages     further pages: hash, title, whether one must be logged in, what draws them
//   divert    another page in place of the one that is asked for
//   address, pageOf   the hash under which a page is known, and back
//   step      a further panel of the renewal's dialog
//   code      what a code is typed into; before: asked before a code is sent; send: put into the consents that are sent
//   tell      how an error is told
//   add       adds to a page or dialog before it is shown, when it still has its own words
//   word      a text in other words
//   style     class names as they are written now
//   alter     changes the shape of a page or dialog before it is shown

import { randomiseIds } from "./dom.js";
import * as shape from "./forme.js";
import * as more from "./passi.js";
import { offer, stranger } from "./gioco.js";
import * as words from "./parole.js";

const LOGIN = "#/login";
const HOME = "#/home";
const RENEWAL = "#/rinnovo";
const DIALOG = "Rinnova firma";

/** Only in one place. */
const on = (wanted, act) => (root, place) => { if (place === wanted) act(root); };
const inFrame = window.parent !== window;

offer({
  // «Hai dimenticato la password?»
  E1: { word: words.recovery },
  // a page «Servizi di firma» before the renewal's
  E2: { pages: [more.services], divert: more.throughServices },
  // a panel before the consents
  E4: { step: more.securityInformation },
  // a panel for a coupon, after the first code; the server wants it
  E5: { step: more.coupon },
  // a page before the result; «Paga e completa» pays
  E6: { pages: [more.payment], divert: more.throughPayment },
  // a panel before the new PIN
  E7: { step: more.passphrase },
  // two tabs, the form in the second
  E8: { add: on(LOGIN, more.qrCodeFirst) },
  // a dialog over the home page; its button requests
  E9: { add: on(HOME, more.notice) },
  // a box that never stays ticked
  D16: { add: on(LOGIN, more.captcha) },
  // its click revokes
  D19: { add: on(HOME, more.decoyTile) },
  // out of sight; the server keeps book of it
  D37: { add: on(DIALOG, more.honeypot), send: more.whatHoneypotHolds },
  // each «Conferma» of the dialog
  D38: { add: on(DIALOG, (dialog) => shape.sentTo(dialog, `${stranger}/api/rinnovo`)) },
  // consents, then the PIN
  D14: { add: on(DIALOG, more.consentsInTwo) },
  // over the page of the renewal
  D28: { add: on(RENEWAL, more.veil) },
  // from both entries of the home page
  D29: { add: on(HOME, more.inNewWindow) },
  // before each of the two codes
  D30: { before: more.nativeConfirmation },
  // one field for eight boxes
  D12: { code: shape.oneField },
  // in a corner, for three seconds
  D27: { tell: more.toast },

  // the whole portal
  D23: { begin: words.inEnglish, word: words.english },
  // the server takes nothing else
  E11: { word: words.emailAsUser, alter: on(LOGIN, shape.emailField) },
  // twelve characters; the server wants them too
  E12: { word: words.longerPassword },
  // «CONFERMA», «Attiva certificato»
  E10: { word: words.otherButtons },
  // «PIN per la firma»
  D4: { word: words.sameMeaning },
  // e' for è, no-break spaces, capitals
  D5: { word: words.otherSpelling },

  // each main button
  D17: { alter: shape.lateButtons },
  // all commands in reverse
  D18: { alter: shape.swapCommands },
  // all fields in reverse
  D21: { alter: shape.swapFields },
  // the label's words as placeholder
  D22: { alter: shape.placeholdersOnly },
  // below each PIN, which takes no typing
  D31: { alter: shape.keypads },
  // the first form once more
  D20: { alter: shape.hiddenTemplate },
  // by turns
  D6: { alter: shape.linksAndBoxes },
  // `<input type=submit>`
  D7: { alter: shape.inputsForButtons },
  // list, table, article, sidebar; D36 besides in other words
  D35: { begin: shape.redesignFrame, alter: shape.redesign },
  D36: { begin: shape.redesignFrame, word: words.otherWords, alter: shape.redesign },
  // #/renew for #/rinnovo
  D32: { address: shape.renamedAddress, pageOf: shape.pageOfAddress, alter: shape.renameLinks },
  // as the knob random_ids
  D2: { begin: randomiseIds },
  // and whatever refers to them
  D1: { alter: shape.renameIds },
  // in the page and in its style sheet
  D3: { begin: shape.hashStyle, style: shape.hashedNames, alter: shape.hashClasses },
  // each field of login and PIN
  D8: { alter: (root) => shape.inShadow(root, "open") },
  D9: { alter: (root) => shape.inShadow(root, "closed") },
  // the login alone, from this server
  D10: { alter: on(LOGIN, (page) => { if (!inFrame) shape.formInFrame(page, "/accesso.html"); }) },
  // a look-alike from the third origin
  D11: { alter: on(LOGIN, (page) => { if (!inFrame) shape.formInFrame(page, `${stranger}/mia-firma/accesso`); }) },
});
