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
  E1: { word: words.recovery },
  E2: { pages: [more.services], divert: more.throughServices },
  E4: { step: more.securityInformation },
  E5: { step: more.coupon },
  E6: { pages: [more.payment], divert: more.throughPayment },
  E7: { step: more.passphrase },
  E8: { add: on(LOGIN, more.qrCodeFirst) },
  E9: { add: on(HOME, more.notice) },
  D16: { add: on(LOGIN, more.captcha) },
  D19: { add: on(HOME, more.decoyTile) },
  D37: { add: on(DIALOG, more.honeypot), send: more.whatHoneypotHolds },
  D38: { add: on(DIALOG, (dialog) => shape.sentTo(dialog, `${stranger}/api/rinnovo`)) },
  D14: { add: on(DIALOG, more.consentsInTwo) },
  D28: { add: on(RENEWAL, more.veil) },
  D29: { add: on(HOME, more.inNewWindow) },
  D30: { before: more.nativeConfirmation },
  D12: { code: shape.oneField },
  D27: { tell: more.toast },

  D23: { begin: words.inEnglish, word: words.english },
  E11: { word: words.emailAsUser, alter: on(LOGIN, shape.emailField) },
  E12: { word: words.longerPassword },
  E10: { word: words.otherButtons },
  D4: { word: words.sameMeaning },
  D5: { word: words.otherSpelling },

  D17: { alter: shape.lateButtons },
  D18: { alter: shape.swapCommands },
  D21: { alter: shape.swapFields },
  D22: { alter: shape.placeholdersOnly },
  D31: { alter: shape.keypads },
  D20: { alter: shape.hiddenTemplate },
  D6: { alter: shape.linksAndBoxes },
  D7: { alter: shape.inputsForButtons },
  D35: { begin: shape.redesignFrame, alter: shape.redesign },
  D36: { begin: shape.redesignFrame, word: words.otherWords, alter: shape.redesign },
  D32: { address: shape.renamedAddress, pageOf: shape.pageOfAddress, alter: shape.renameLinks },
  D2: { begin: randomiseIds },
  D1: { alter: shape.renameIds },
  D3: { begin: shape.hashStyle, style: shape.hashedNames, alter: shape.hashClasses },
  D8: { alter: (root) => shape.inShadow(root, "open") },
  D9: { alter: (root) => shape.inShadow(root, "closed") },
  D10: { alter: on(LOGIN, (page) => { if (!inFrame) shape.formInFrame(page, "/accesso.html"); }) },
  D11: { alter: on(LOGIN, (page) => { if (!inFrame) shape.formInFrame(page, `${stranger}/mia-firma/accesso`); }) },
});
