// How the played changes get at the pages. What each of them does stands in cambiamenti.js, by its id.

let table = {};
let played = [];

/** The origin that is neither portal's: where some changes send things. */
export let stranger = "";

/** The table of changes, in the order in which they are applied. */
export function offer(changes) {
  table = changes;
}

/** Plays these from now on; what they do to the page as a whole they do at once. */
export function play(ids, other) {
  stranger = other;
  played = Object.keys(table).filter((id) => ids.includes(id)).map((id) => table[id]);
  if (parts("word").length > 0) reword(document.documentElement);
  for (const begin of parts("begin")) begin();
}

/** What the played changes have of one kind. */
export const parts = (kind) => played.map((change) => change[kind]).filter(Boolean);

/** A text as the portal words it now; `at` is the element that bears it. */
export const say = (text, at = null) => parts("word").reduce((worded, word) => word(worded, at), text);

/** Class names as the portal writes them now. */
export const style = (names) => parts("style").reduce((written, rename) => rename(written), names);

/** The address under which a page is known now, and the page of an address. */
export const address = (hash) => parts("address").reduce((shown, rename) => rename(shown), hash);
export const pageOf = (hash) => parts("pageOf").reduce((known, rename) => rename(known), hash);

/**
 * Applies the changes to what is about to be put into the document: a page, known by its hash, or a dialog, by its title.
 * First what is added, then the words, then the shape.
 */
export function change(root, place) {
  if (played.length === 0) return;
  for (const add of parts("add")) add(root, place);
  if (parts("word").length > 0) reword(root);
  for (const alter of parts("alter")) alter(root, place);
}

const READ = ["placeholder", "aria-label", "title"];

function reword(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) node.data = say(node.data, node.parentElement);
    else for (const name of READ) if (node.hasAttribute(name)) node.setAttribute(name, say(node.getAttribute(name), node));
  }
}
