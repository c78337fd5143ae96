// Texts: how they are compared, and the page's visible text as one string in which conditions are searched in one pass.

// A compiled Text: test(text) for a whole name, and hits(stream) for places in the visible text.
function compileText(text) {
  if (text.how === 'regex') return patternText(text.text);
  const wanted = fold(text.text);
  if (text.how === 'exact') {
    return { wanted, exact: true, test: (value) => fold(value) === wanted, hits: (flow) => occurrences(flow.text, wanted, wanted.length) };
  }
  const small = lower(wanted);
  return { wanted, exact: false, test: (value) => holds(lower(fold(value)), small), hits: (flow) => occurrences(flow.lower, small, small.length) };
}

// A space in a pattern is any white space, the end of a block too: texts that stand in two boxes read as one.
function spaced(body) {
  let out = '', inClass = false;
  for (let i = 0; i < body.length; i++) {
    const c = body[i];
    if (c === '[') inClass = true;
    else if (c === ']') inClass = false;
    out += c === '\\' ? c + (body[++i] || '') : c === ' ' && !inClass ? '\\s' : c;
  }
  return out;
}

function patternText({ body, flags }) {
  let once, many;
  try {
    once = new PureRegExp(body, `u${flags}`);
    many = new PureRegExp(spaced(body), `gmu${flags}`);
  } catch (error) {
    // Escapes that only the older syntax knows.
    once = attempt(() => new PureRegExp(body, flags), `regex /${body}/${flags}: ${error.message}`);
    many = new PureRegExp(spaced(body), `gm${flags}`);
  }
  return {
    wanted: body, exact: false, pattern: true,
    test: (value) => execPattern(once, fold(value)) !== null,
    hits: (flow) => {
      const found = [];
      many.lastIndex = 0;
      for (let hit = execPattern(many, flow.lines); hit; hit = execPattern(many, flow.lines)) {
        if (hit[0] === '') many.lastIndex++;
        else push(found, [hit.index, hit.index + hit[0].length]);
      }
      return found;
    },
  };
}

// A fault of the request, not of the page: waiting cannot mend it.
class Invalid extends PureError {}

function attempt(run, message) {
  try {
    return run();
  } catch {
    throw new Invalid(message);
  }
}

function occurrences(text, wanted, length) {
  const found = [];
  if (length === 0) return found;
  for (let at = seek(text, wanted); at >= 0; at = seek(text, wanted, at + length)) push(found, [at, at + length]);
  return found;
}

// The visible text of a tree, folded: `text` with spaces only, `lines` the same with line breaks where blocks end (of equal
// length), and `parts` which node stands where. Shadow trees and same-origin frames are read in their places.
let flows;
function forgetFlows() { flows = new PureMap(); }
const flowOf = (root) => remembered(flows, root, readFlow);

function readFlow(root) {
  const flow = { text: '', lines: '', lower: '', parts: [], gap: '', drawn: isFrameDrawn(typeOf(root) === DOCUMENT ? root : documentOf(root)) };
  const start = typeOf(root) === DOCUMENT ? rootElement(root) : root;
  if (start && (isElement(start) ? isRenderedChain(start) : true)) flowNode(start, isElement(start) ? parentOf(start) : null, flow);
  flow.lower = lower(flow.text);
  // A few capitals grow when they become small; positions must not move.
  if (flow.lower.length !== flow.text.length) flow.lower = evenLower(flow.text);
  return flow;
}

const isRenderedChain = (el) => checkVisibility(el) || styleOf(el).display === 'contents';

function evenLower(text) {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const small = lower(text[i]);
    out += small.length === 1 ? small : text[i];
  }
  return out;
}

const unread = words('script style noscript template head textarea datalist canvas object audio video svg meta link title option optgroup');

function flowNode(node, holder, flow) {
  const type = typeOf(node);
  if (type === TEXT) addText(node, dataOf(node), holder, flow);
  if (type !== ELEMENT) return;
  const tag = tagOf(node);
  if (tag === 'br') { flow.gap = '\n'; return; }
  if (setHas(unread, tag)) return;
  // `checkVisibility` is the cheapest question: it tells the undrawn branches, at whose head the walk turns back.
  if (checkVisibility(node, strictly)) mapSet(opaque, node, flow.drawn);
  else if (!checkVisibility(node) && styleOf(node).display !== 'contents') return;
  const apart = gapOf(node, tag);
  widen(flow, tag === 'dd' ? ' ' : apart);
  if (tag === 'input' || tag === 'select') addControl(node, tag, flow);
  else if (isFrame(node)) flowFrame(node, flow);
  else flowChildren(node, flow);
  // A term and what is said of it read as one line.
  widen(flow, tag === 'dt' ? ' ' : apart);
}

function widen(flow, gap) {
  if (gap !== '' && flow.gap !== '\n') flow.gap = gap;
}

function flowChildren(node, flow) {
  const shadow = shadowOf(node);
  if (shadow || tagOf(node) === 'slot') {
    const children = childrenOf(node);
    for (let i = 0; i < children.length; i++) flowNode(children[i], parentOf(children[i]), flow);
    return;
  }
  for (let child = firstOf(node); child !== null; child = nextOf(child)) flowNode(child, node, flow);
}

function flowFrame(frame, flow) {
  const inner = innerDocument(frame);
  if (!inner || !rootElement(inner) || !isVisible(frame)) return;
  const outer = flow.drawn;
  flow.drawn = isFrameDrawn(inner);
  flowNode(rootElement(inner), null, flow);
  flow.drawn = outer;
}

// Elements that stand in the line unless a style says otherwise; all others end it.
const inlineTags = words('a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike ' +
  'strong sub sup time tt u var slot img svg button input select textarea');
const inlineDisplays = words('inline contents ruby ruby-text');

function gapOf(el, tag) {
  if (tag === 'td' || tag === 'th') return ' ';
  if (!setHas(inlineTags, tag)) {
    return firstOf(el) !== null && localName(el).length > 6 && setHas(inlineDisplays, styleOf(el).display) ? '' : '\n';
  }
  const display = styleOf(el).display;
  if (setHas(inlineDisplays, display)) return '';
  return seek(display, 'inline') === 0 ? ' ' : '\n';
}

function addText(node, data, holder, flow) {
  const text = fold(data);
  if (text === '') {
    if (data !== '' && flow.gap === '') flow.gap = ' ';
    return;
  }
  if (!holder || !isDrawn(holder)) return;
  if (isSpace(data, 0) && flow.gap === '') flow.gap = ' ';
  append(node, holder, text, flow);
  if (isSpace(data, data.length - 1)) flow.gap = ' ';
}

function isSpace(text, at) {
  const code = codeAt(text, at);
  return code === 32 || code === 10 || code === 9 || code === 13 || code === 12 || code === 160 || code === 8239 || code === 8199;
}

function append(node, holder, text, flow) {
  if (flow.gap !== '' && flow.text !== '') {
    flow.text += ' ';
    flow.lines += flow.gap;
  }
  flow.gap = '';
  push(flow.parts, { from: flow.text.length, to: flow.text.length + text.length, node, holder });
  flow.text += text;
  flow.lines += text;
}

// Buttons made of <input> and the chosen line of a <select> are text to a person.
function addControl(el, tag, flow) {
  if (!isDrawn(el)) return;
  let text = '';
  if (tag === 'select') text = mapJoin(optionsOf(el), (option) => attr(option, 'label') || rawTextOf(option));
  else if (inputs[inputType(el)] === 'button' && inputType(el) !== 'file' && inputType(el) !== 'color') text = inputName(el);
  text = fold(text);
  if (text === '') return;
  if (flow.gap === '') flow.gap = ' ';
  append(el, el, text, flow);
  flow.gap = ' ';
}

function mapJoin(items, toText) {
  let text = '';
  for (let i = 0; i < items.length; i++) text += (i ? ' ' : '') + toText(items[i]);
  return text;
}

// The index of the part in which a position lies (or of the next one).
function partAt(flow, position) {
  let low = 0, high = flow.parts.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (flow.parts[middle].to <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The smallest element around a stretch of the text.
function elementAround(flow, from, to) {
  const first = flow.parts[partAt(flow, from)].holder, last = flow.parts[partAt(flow, to - 1)].holder;
  if (first === last) return first;
  const above = new PureSet();
  for (let at = first; at; at = outward(at)) setAdd(above, at);
  for (let at = last; at; at = outward(at)) if (setHas(above, at)) return at;
  return first;
}

// Whether a stretch is really to be seen: its elements are not folded away.
function isStretchSeen(flow, from, to) {
  for (let i = partAt(flow, from); i < flow.parts.length && flow.parts[i].from < to; i++) {
    const { holder, node } = flow.parts[i];
    if (isClipped(holder) || (isFolded(holder) && node !== holder) || isOffPage(holder)) return false;
  }
  return true;
}

// The visible text of one element, as a person reads it; line breaks kept as spaces.
const visibleText = (el) => flowOf(el).text;

// Where an element's own text begins and ends in a flow; null when it has none there.
function extentOf(flow, el) {
  let from = -1, to = -1;
  for (let i = 0; i < flow.parts.length; i++) {
    if (!isInside(flow.parts[i].holder, el)) { if (from >= 0) break; continue; }
    if (from < 0) from = flow.parts[i].from;
    to = flow.parts[i].to;
  }
  return from < 0 ? null : { from, to };
}
