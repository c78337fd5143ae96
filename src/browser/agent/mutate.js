// How a locator stands the changes that portals go through (portals.md §1.6). Each is tried on a copy of the part of the page around
// the element, which takes that part's place for one look of the locator, and goes again. The part itself is only hidden meanwhile:
// its nodes, listeners, values and focus stay as they are, all happens in one breath, and nothing of it is ever drawn.
//
// Loaded for this alone, behind main.js, by a call that outlives nothing.
//
//   mutate    {locator, need, many}   many: the first of several matches will do, as for a condition
//             -> mutated {element, rank, via, trials: [{mutation, fate, rank, via}]}   only those changes that apply to the element
//               fate: "found" (that very element, or what took its place, and nothing else) | "ambiguous" (others, too) | "astray"
//               (others alone, or another text of it) | "lost"; rank, via: how the first match was found

const copyNode = method('Node', 'cloneNode'), putBefore = method('Node', 'insertBefore'), putLast = method('Node', 'appendChild');
const takeOut = method('Node', 'removeChild'), exchange = method('Node', 'replaceChild'), write = setter('Node', 'nodeValue');
const dropAttribute = method('Element', 'removeAttribute');
const attributeNames = method('Element', 'getAttributeNames'), attachTree = method('Element', 'attachShadow');
const newElement = method('Document', 'createElement'), newText = method('Document', 'createTextNode');
const inlineStyle = getter('HTMLElement', 'style'), setStyle = method('CSSStyleDeclaration', 'setProperty'), readStyle = method('CSSStyleDeclaration', 'getPropertyValue');
const setTicked = setter('HTMLInputElement', 'checked');

async function lookMutate(request, locator, context) {
  const question = { locator, purpose: request.need, many: request.many === true, match: null };
  const found = question.many ? resolve(locator, request.need) : oneMatch(locator, request.need, context);
  if (found.answer) return found.answer;
  const match = question.match = question.many ? found.matches[0] : found.match;
  if (!match) return { wait: 'no match', subject: { locator, purpose: request.need, count: 0 } };
  const spot = question.many ? {} : await whenReady(match, request.need, context);
  if (spot.wait) return { wait: spot.wait, match, looked_for: locator.shown };
  const trials = trialsOf(question);
  if (fateOf(question, match.el).fate !== 'found') throw new PureError('the page is not as it was before changes were tried on it');
  return { is: 'mutated', element: describeElement(match), rank: found.rank, via: match.via, trials };
}

operations.mutate = needing('locator', waiting(lookMutate));

function trialsOf(question) {
  const moved = whatMoves(documentOf(question.match.el));
  try {
    const part = partToCopy(question), kinds = part ? keysOf(mutations) : [], trials = [];
    for (let i = 0; i < kinds.length; i++) {
      const trial = inCopy(part, (pairs) => {
        const scene = sceneOf(question, part, pairs);
        madeAnew(scene.part);
        return mutations[kinds[i]](scene) ? fateOf(question, scene.el) : null;
      });
      if (trial) push(trials, { mutation: kinds[i], ...trial });
    }
    return trials;
  } finally {
    settle(moved);
    newLook();
  }
}

// What the locator finds now, held against what it should.
function fateOf({ locator, purpose, match, many }, expected) {
  newLook();
  const { rank, matches } = resolve(locator, purpose);
  if (!matches.length) return { fate: 'lost', rank: 0, via: '' };
  const same = ({ el, boxes, text }) => (el === expected || (boxes && has(boxes, expected))) && fold(text || '') === fold(match.text || '');
  const fate = !someOf(matches, same) ? 'astray' : matches.length === 1 || many ? 'found' : 'ambiguous';
  return { fate, rank, via: matches[0].via };
}

// -- the copy ------------------------------------------------------------------------------------------------------------

// The largest part of the page whose bare copy the locator takes for the original; null where there is none.
function partToCopy(question) {
  const parts = [];
  for (let at = question.match.el; at && tagOf(at) !== 'body' && tagOf(at) !== 'html'; at = holderInTree(at)) if (isHtml(at)) push(parts, at);
  for (let i = parts.length - 1; i >= 0; i--) {
    if (inCopy(parts[i], (pairs) => fateOf(question, mapGet(pairs, question.match.el)).fate === 'found')) return parts[i];
  }
  return null;
}

const holderInTree = (el) => { const parent = parentNodeOf(el); return parent && isShadow(parent) ? shadowHost(parent) : parent; };

// Acts while a copy stands in the part's place. Whatever stands between the part and what stood before it goes again.
function inCopy(part, act) {
  const pairs = new PureMap(), copy = copyOf(part, pairs), parent = parentNodeOf(part), before = previousOf(part), style = attr(part, 'style');
  putBefore(parent, copy, part);
  try {
    hide(part);
    const running = animationsOf(copy, { subtree: true });
    for (let i = 0; i < running.length; i++) atItsEnd(running[i]);
    return act(pairs);
  } finally {
    for (let stray = previousOf(part); stray !== before; stray = previousOf(part)) takeOut(parent, stray);
    restore(part, style);
  }
}

// Chromium forgets a style set from script only once its attribute was read.
function restore(el, style) {
  if (style !== null) setAttr(el, 'style', style);
  else if (attr(el, 'style') !== null) dropAttribute(el, 'style');
}

const hide = (el) => setStyle(inlineStyle(el), 'display', 'none', 'important');

// What would load, play or run once more has no part in a copy; nor is anything in it ticked, which might untick an original.
const leftOut = words('iframe frame object embed script link meta base audio video source');

function copyOf(node, pairs) {
  const copy = copyNode(node, false);
  mapSet(pairs, node, copy);
  if (isElement(node)) {
    dropAttribute(copy, 'autofocus');
    if (tagOf(copy) === 'input') setTicked(copy, false);
    const shadow = shadowOf(node);
    if (shadow) {
      const tree = shadowOf(copy) || attachTree(copy, { mode: 'open' });
      if (shadow.adoptedStyleSheets.length) tree.adoptedStyleSheets = shadow.adoptedStyleSheets;
      copyChildren(shadow, tree, pairs);
    }
  }
  copyChildren(node, copy, pairs);
  return copy;
}

function copyChildren(from, to, pairs) {
  for (let child = firstOf(from); child; child = nextOf(child)) {
    if (!isElement(child) || !setHas(leftOut, tagOf(child))) putLast(to, copyOf(child, pairs));
  }
}

// -- what hiding and showing again would move ------------------------------------------------------------------------------

function whatMoves(doc) {
  const view = viewOf(doc), boxes = filterList(queryAll(doc, '*'), (el) => el.scrollTop || el.scrollLeft);
  const scrolled = mapList(boxes, (el) => ({ el, top: el.scrollTop, left: el.scrollLeft }));
  return { view, x: view.scrollX, y: view.scrollY, scrolled, doc, animations: allAnimations(doc) };
}

function settle({ view, x, y, scrolled, doc, animations }) {
  for (let i = 0; i < scrolled.length; i++) {
    const { el, top, left } = scrolled[i];
    if (el.scrollTop !== top) el.scrollTop = top;
    if (el.scrollLeft !== left) el.scrollLeft = left;
  }
  if (view.scrollX !== x || view.scrollY !== y) view.scrollTo({ left: x, top: y, behavior: 'instant' });
  // An animation that began anew with its element has been seen already.
  const running = allAnimations(doc);
  for (let i = 0; i < running.length; i++) if (!has(animations, running[i])) atItsEnd(running[i]);
}

const allAnimations = method('Document', 'getAnimations');

function atItsEnd(animation) {
  try {
    animation.finish();
  } catch { /* one without an end */ }
}

// -- what is changed in a copy ---------------------------------------------------------------------------------------------

// el: the copied element, which a change may exchange; part: the copy whole; via: how the original was found; bearers: what it is
// known by to people; group: the smallest element that holds both; markup: whether the locator looks at tags and attributes.
function sceneOf({ locator, match }, part, pairs) {
  const el = mapGet(pairs, match.el), bearers = bearersOf(el, match.via);
  newLook();
  return { el, part: mapGet(pairs, part), via: match.via, bearers, group: groupOf(el, bearers), markup: looksAtMarkup(locator), doc: documentOf(el) };
}

const looksAtMarkup = (locator) => someOf(locator.targets, (target) => target.css !== undefined || target.xpath !== undefined || (target.within !== null && looksAtMarkup(target.within)));

// The texts ({node}) and attributes ({node, attribute}) by which people know an element.
function bearersOf(el, via) {
  newLook();
  const list = [], tag = tagOf(el), field = setHas(fieldTags, tag) && !setHas(pressed, inputType(el));
  if (via !== 'after') {
    pushAll(list, labelledBy(el));
    const labels = labelsOf[tag] ? labelsOf[tag](el) : null;
    for (let i = 0; labels && i < labels.length; i++) if (isDrawn(labels[i])) pushAll(list, textsIn(labels[i]));
    if (!field && (via === 'text' || setHas(selfSaying, roleOf(el)))) pushAll(list, textsIn(el));
  }
  if (!list.length) pushAll(list, textsBefore(el));
  for (let i = 0; i < namingAttributes.length; i++) if (fold(attrOr(el, namingAttributes[i])) !== '') push(list, { node: el, attribute: namingAttributes[i] });
  if (setHas(pressed, inputType(el)) && fold(attrOr(el, 'value')) !== '' && !isTick(el)) push(list, { node: el, attribute: 'value' });
  return list;
}

const namingAttributes = ['aria-label', 'title', 'alt', 'placeholder', 'aria-placeholder'];
const labelledBy = (el) => { const list = [], all = referred(el, 'aria-labelledby'); for (let i = 0; i < all.length; i++) pushAll(list, textsIn(all[i])); return list; };

function textsIn(root) {
  const list = [];
  const walk = (node) => {
    if (typeOf(node) === TEXT) return fold(dataOf(node)) === '' ? undefined : push(list, { node });
    if (typeOf(node) !== ELEMENT || setHas(unread, tagOf(node)) || attr(node, 'aria-hidden') === 'true' || !isDrawn(node)) return undefined;
    const children = childrenOf(node);
    for (let i = 0; i < children.length; i++) walk(children[i]);
    return undefined;
  };
  walk(root);
  return list;
}

// As `textBefore` reads them.
function textsBefore(el) {
  for (let at = el, depth = 0; at && depth < 4; at = parentOf(at), depth++) {
    if (depth > 0 && (isFrame(at) || tagOf(at) === 'form')) return [];
    for (let beside = previousOf(at); beside; beside = previousOf(beside)) {
      if (textOfNode(beside) !== '') return textsIn(beside);
      if (isElement(beside) && query(beside, 'input,select,textarea').length) return [];
    }
  }
  return [];
}

const groupOf = (el, bearers) => closest(el, (at) => everyOf(bearers, ({ node }) => isInside(node, at))) || el;
