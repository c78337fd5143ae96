// The document as a tree, read through functions that neither the page nor a form's field names can replace.

const typeOf = getter('Node', 'nodeType'), parentNodeOf = getter('Node', 'parentNode'), documentOf = getter('Node', 'ownerDocument');
const firstOf = getter('Node', 'firstChild'), nextOf = getter('Node', 'nextSibling'), previousOf = getter('Node', 'previousSibling');
const dataOf = getter('Node', 'nodeValue'), rawTextOf = getter('Node', 'textContent'), rootOf = method('Node', 'getRootNode');
const comparePosition = method('Node', 'compareDocumentPosition'), containsNode = method('Node', 'contains');
const isAttached = getter('Node', 'isConnected'), baseOf = getter('Node', 'baseURI');

const localName = getter('Element', 'localName'), namespaceOf = getter('Element', 'namespaceURI');
const getAttribute = method('Element', 'getAttribute'), hasAttribute = method('Element', 'hasAttribute');
const matchesCss = method('Element', 'matches'), closestCss = method('Element', 'closest');
const rectOf = method('Element', 'getBoundingClientRect'), rectsOf = method('Element', 'getClientRects');
const shadowOf = getter('Element', 'shadowRoot'), slotOf = getter('Element', 'assignedSlot'), idOf = getter('Element', 'id');
const slotTextOf = getter('Text', 'assignedSlot'), assignedNodes = method('HTMLSlotElement', 'assignedNodes');
const scrollToView = method('Element', 'scrollIntoView'), checkVisibility = method('Element', 'checkVisibility');
const clientWidth = getter('Element', 'clientWidth'), clientHeight = getter('Element', 'clientHeight');
const scrollWidth = getter('Element', 'scrollWidth'), scrollHeight = getter('Element', 'scrollHeight');
const clientLeft = getter('Element', 'clientLeft'), clientTop = getter('Element', 'clientTop');

const queryDocument = method('Document', 'querySelectorAll'), queryFragment = method('DocumentFragment', 'querySelectorAll');
const queryElement = method('Element', 'querySelectorAll');
const byIdInDocument = method('Document', 'getElementById'), byIdInFragment = method('DocumentFragment', 'getElementById');
const isInBackground = getter('Document', 'hidden'), rootElement = getter('Document', 'documentElement'), bodyOf = getter('Document', 'body'), viewOf = getter('Document', 'defaultView');
const pointInDocument = method('Document', 'elementFromPoint'), pointInShadow = method('ShadowRoot', 'elementFromPoint');
const activeInDocument = getter('Document', 'activeElement'), activeInShadow = getter('ShadowRoot', 'activeElement');
const hostOf = getter('ShadowRoot', 'host'), createRange = method('Document', 'createRange'), readyStateOf = getter('Document', 'readyState');
const setStart = method('Range', 'setStart'), setEnd = method('Range', 'setEnd'), rangeRects = method('Range', 'getClientRects');

const frameDocument = getter('HTMLIFrameElement', 'contentDocument'), frameWindow = getter('HTMLIFrameElement', 'contentWindow');
const innerDocument = (frame) => {
  try {
    return localName(frame) === 'iframe' ? frameDocument(frame) : frame.contentDocument;
  } catch {
    return null;
  }
};

// Which of the two browsers this is, for the few answers in which they part.
const isFirefox = 'mozInnerScreenX' in here;

const ELEMENT = 1, TEXT = 3, DOCUMENT = 9, FRAGMENT = 11;
const isElement = (node) => node !== null && typeOf(node) === ELEMENT;
const SVG = 'http://www.w3.org/2000/svg', HTML = 'http://www.w3.org/1999/xhtml';
const isHtml = (el) => namespaceOf(el) === HTML;
const tagOf = (el) => localName(el);
const attr = (el, name) => getAttribute(el, name);
const attrOr = (el, name) => getAttribute(el, name) || '';
const isFrame = (el) => { const tag = localName(el); return tag === 'iframe' || tag === 'frame'; };

function query(root, css) {
  const type = typeOf(root);
  return (type === DOCUMENT ? queryDocument : type === FRAGMENT ? queryFragment : queryElement)(root, css);
}

function byId(el, id) {
  const root = rootOf(el);
  const type = typeOf(root);
  if (type === DOCUMENT) return byIdInDocument(root, id);
  return type === FRAGMENT ? byIdInFragment(root, id) : null;
}

const isShadow = (node) => typeOf(node) === FRAGMENT && node instanceof here.ShadowRoot;

// The parent as it is drawn: slots and shadow hosts count; null at the top of a document.
function parentOf(node) {
  const slot = typeOf(node) === ELEMENT ? slotOf(node) : typeOf(node) === TEXT ? slotTextOf(node) : null;
  if (slot) return slot;
  const parent = parentNodeOf(node);
  if (parent === null || typeOf(parent) === ELEMENT) return parent;
  return typeOf(parent) === FRAGMENT ? shadowHost(parent) : null;
}

function shadowHost(fragment) {
  try {
    return hostOf(fragment);
  } catch {
    return null;
  }
}

// The frame element in which a node's document stands, if this script may see it.
function frameOf(node) {
  try {
    const view = viewOf(typeOf(node) === DOCUMENT ? node : documentOf(node));
    return view === null ? null : view.frameElement;
  } catch {
    return null;
  }
}

// As parentOf, and out of same-origin frames too.
const outward = (el) => parentOf(el) || frameOf(el);

// The children as they are drawn.
function childrenOf(el) {
  const shadow = shadowOf(el);
  if (shadow) return childNodes(shadow);
  if (tagOf(el) === 'slot') {
    const assigned = assignedNodes(el);
    if (assigned.length) return assigned;
  }
  return childNodes(el);
}

function childNodes(node) {
  const list = [];
  for (let child = firstOf(node); child !== null; child = nextOf(child)) push(list, child);
  return list;
}

function isInside(node, scope) {
  for (let at = node; at; at = isElement(at) ? outward(at) : parentOf(at)) if (at === scope) return true;
  return false;
}

function closest(el, test) {
  for (let at = el; at; at = parentOf(at)) if (test(at)) return at;
  return null;
}

// Every tree that can be searched from a root: the root itself, open shadow trees and same-origin frames' documents.
// Frames of other origins and hosts that may hold a closed tree are noted for explanations.
function treesOf(root, found) {
  push(found.trees, root);
  if (isElement(root)) inspectHost(root, found);
  const all = query(root, '*');
  for (let i = 0; i < all.length; i++) inspectHost(all[i], found);
  return found;
}

function inspectHost(el, found) {
  const shadow = shadowOf(el);
  if (shadow) treesOf(shadow, found);
  if (!isFrame(el)) return;
  const inner = innerDocument(el);
  if (inner && rootElement(inner)) treesOf(inner, found);
  else push(found.foreign, el);
}

const allTrees = (root) => treesOf(root, { trees: [], foreign: [] });

// Document order across shadow trees and frames: both nodes are lifted until they stand in one tree.
function compareOrder(a, b) {
  if (a === b) return 0;
  const first = lineage(a), second = lineage(b);
  let i = 0;
  while (i < first.length && i < second.length && first[i] === second[i]) i++;
  if (i === first.length) return -1;
  if (i === second.length) return 1;
  return comparePosition(first[i], second[i]) & 2 ? 1 : -1;
}

// The node and the hosts of the trees around it, outermost first.
function lineage(node) {
  const path = [];
  for (let at = node; at;) {
    path[path.length] = at;
    const root = rootOf(at);
    at = typeOf(root) === FRAGMENT ? shadowHost(root) : frameOf(at);
  }
  const turned = [];
  for (let i = path.length - 1; i >= 0; i--) push(turned, path[i]);
  return turned;
}

function inOrder(list) {
  const unique = [], seen = new PureSet();
  for (let i = 0; i < list.length; i++) {
    if (setHas(seen, list[i])) continue;
    setAdd(seen, list[i]);
    push(unique, list[i]);
  }
  return unique.length > 1 ? sortList(unique, compareOrder) : unique;
}
