// For a guide's pictures: what tells of the holder, or of a day, has other words in its place while the picture is taken, and has its
// own again before anything else happens. Values of fields are never touched: where they stand is told, for painting over them.

const setData = setter('Node', 'nodeValue'), offsetWidth = getter('HTMLElement', 'offsetWidth'), fontsOf = getter('Document', 'fonts');
const validityOf = getter('HTMLInputElement', 'validity'), squareRoot = realm.Math.sqrt;

// What stands on the page in place of its own: {written: [{node, was, is}], spots: [{node, holder, from, to, of}], covers: elements,
// secret: fields whose value holds a secret, count: of stand-ins}; `of` is the number of the stand-in, -1 of a secret. null: nothing.
let staged = null;
// A page is never left so, whatever becomes of the caller; ms.
const longest = 30000;

async function answerStage(request) {
  await fontsReady(request.fonts);
  setFrozen(true);
  newLook();
  const said = wholeText(request.lines);
  putInPlace(said, request.stand_ins || [], request.stretches || []);
  // What the page makes of it comes now, and fonts for letters that it has not shown before.
  await pause(0);
  await fontsReady(request.fonts);
  return staged === null ? { is: 'superseded' } : measured(request, said.text);
}

function answerStaged(request) {
  if (staged === null) staged = asItIs();
  const answer = measured(request);
  takeBack();
  return answer;
}

const asItIs = () => ({ written: [], spots: [], covers: [], secret: new PureSet(), count: 0 });

// The page moves on with its own words; where it has changed a text meanwhile, it keeps what it has written.
function takeBack() {
  if (staged === null) return;
  const { written } = staged;
  staged = null;
  for (let i = 0; i < written.length; i++) tolerant(() => { if (dataOf(written[i].node) === written[i].is) setData(written[i].node, written[i].was); });
  setFrozen(false);
}

// A page that counts down is read right after a change: it then has the longest rest before it.
async function answerSettled(request) {
  if (request.after_change) await nextTick(request.after_change);
  return answerCover(request);
}

async function nextTick(ms) {
  const watch = startWatch(), until = now() + ms;
  newLook();
  attach(watch);
  watch.changed = false;
  for (let left = ms; !watch.changed && left > 0; left = until - now()) await nextChange(watch, 0, left);
  stopWatch(watch);
}

async function fontsReady(ms) {
  const until = now() + (ms || 0), loading = (tree) => typeOf(tree) === DOCUMENT && tolerant(() => fontsOf(tree).status) === 'loading';
  while (now() < until && someOf(allTrees(document).trees, loading)) await pause(20);
}

// -- the words -----------------------------------------------------------------------------------------------------------

function putInPlace(said, standIns, secrets) {
  const mine = staged = asItIs(), edits = new PureMap(), nodes = [];
  staged.count = standIns.length;
  const note = (node, edit) => {
    if (!mapHas(edits, node)) { mapSet(edits, node, []); push(nodes, node); }
    push(mapGet(edits, node), edit);
  };
  for (let i = 0; i < standIns.length; i++) stretch(said, standIns[i][0], standIns[i][1], standIns[i][2], i, note);
  for (let i = 0; i < secrets.length; i++) stretch(said, secrets[i][0], secrets[i][1], null, -1, note);
  for (let i = 0; i < nodes.length; i++) rewrite(nodes[i], sortList(mapGet(edits, nodes[i]), (a, b) => a.from - b.from));
  later(() => { if (staged === mine) takeBack(); }, longest);
}

// Of the nodes that a stretch runs over the first one holds all the new words, and the white space between them goes, too; a secret
// keeps its own, and is covered.
function stretch({ flow, fields }, from, to, words, of, note) {
  const parts = [], writes = words !== null;
  for (let i = flow.parts.length ? partAt(flow, from) : 0; i < flow.parts.length && flow.parts[i].from < to; i++) if (flow.parts[i].to > from) push(parts, flow.parts[i]);
  for (let i = 0, rest = words, before = null; i < parts.length; i++) {
    const part = parts[i], { holder } = part, node = textNodeOf(part);
    if (node === null) { push(staged.covers, closest(holder, isEditingHost) || holder); continue; }
    const data = dataOf(node), begins = writes && before ? 0 : rawIndex(data, max(from - part.from, 0));
    const ends = writes && i < parts.length - 1 ? data.length : rawIndex(data, min(to, part.to) - part.from);
    const blanks = writes && before ? blanksBetween(before, node) : [];
    for (let b = 0; b < blanks.length; b++) note(blanks[b], { from: 0, to: dataOf(blanks[b]).length, words: '', of, holder });
    note(node, { from: begins, to: ends, words: rest, of, holder });
    if (writes) rest = '';
    before = node;
  }
  for (let i = 0; i < fields.length; i++) {
    const { el } = fields[i];
    if (fields[i].from >= to || fields[i].to <= from) continue;
    // A value is painted over like all values; a placeholder, a drawing and a file's name are covered.
    if (!isPaintable(el) || valueOf(el) === '') push(staged.covers, el);
    else if (words === null) setAdd(staged.secret, el);
  }
}

// The white space that stands in nodes of its own between two others of one tree, near by.
function blanksBetween(first, last) {
  const blanks = [];
  for (let at = following(first), steps = 0; at !== null && steps < 100; at = following(at), steps++) {
    if (at === last) return blanks;
    if (typeOf(at) === TEXT && fold(dataOf(at)) === '' && dataOf(at) !== '') push(blanks, at);
  }
  return [];
}

function following(node) {
  let at = node;
  if (firstOf(at) !== null) return firstOf(at);
  while (at !== null && nextOf(at) === null) at = parentNodeOf(at);
  return at && nextOf(at);
}

// The node whose text a part of the page's text is; null where it may not be written: what one edits is a value, and so is an
// option's text where the option has no other.
function textNodeOf({ node, holder }) {
  if (typeOf(node) === TEXT) return isEditable(holder) ? null : node;
  const chosen = tagOf(node) === 'select' ? optionsOf(node) : [], own = chosen.length === 1 && hasAttribute(chosen[0], 'value') && !attr(chosen[0], 'label');
  const text = own ? firstOf(chosen[0]) : null;
  return text !== null && nextOf(text) === null && typeOf(text) === TEXT ? text : null;
}

function rewrite(node, edits) {
  const was = dataOf(node);
  let is = '', at = 0;
  for (let i = 0; i < edits.length; i++) {
    const { from, to, words, of, holder } = edits[i];
    if (from < at) continue;
    is += cut(was, at, from);
    const begins = is.length;
    is += words === null ? cut(was, from, to) : words;
    push(staged.spots, { node, holder, from: begins, to: is.length, of });
    at = to;
  }
  is += cut(was, at);
  if (is === was) return;
  setData(node, is);
  push(staged.written, { node, was, is });
}

// What style sheets write before and after elements can be read, too, and is no text of theirs.
function addGenerated(said) {
  const all = queryAll(document, '*');
  for (let i = 0; i < all.length; i++) {
    const shown = fold(`${writtenBy(all[i], '::before')} ${writtenBy(all[i], '::after')}`);
    if (!letters(shown) || !checkVisibility(all[i])) continue;
    push(said.fields, { from: said.text.length + 1, to: said.text.length + 1 + shown.length, el: all[i] });
    said.text += `\n${shown}`;
  }
}

function writtenBy(el, which) {
  const { content } = computed(viewOf(documentOf(el)) || here, el, which);
  if (!content || content === 'none' || content === 'normal') return '';
  let text = '';
  writing.lastIndex = 0;
  for (let hit = execPattern(writing, content); hit; hit = execPattern(writing, content)) text += hit[2] === undefined ? replace(hit[1], escaped, '$1') : attrOr(el, hit[2]);
  return text;
}
const writing = new PureRegExp('"((?:[^"\\\\]|\\\\.)*)"|attr\\(([^\\s,)]+)', 'g');

// -- the measures --------------------------------------------------------------------------------------------------------

function measured(request, was) {
  const answer = answerCover({ ...request, words: true, stretches: null, personal: null, freeze: undefined });
  const screen = viewportOf(outermost()), said = wholeText(request.lines), replaced = [];
  const { fields, ink, painted } = paintedFields(request.typed || [], screen), { covers } = staged;
  for (let i = 0; i < staged.count; i++) push(replaced, []);
  for (let i = 0; i < staged.spots.length; i++) {
    const { of } = staged.spots[i];
    pushAll(of < 0 ? answer.words : replaced[of], spotAreas(staged.spots[i], screen));
  }
  for (let i = 0; i < covers.length; i++) {
    const area = clipped(topRect(covers[i]), screen);
    if (area) push(answer.words, area);
  }
  answer.fields = ink;
  const ranges = [], tell = ({ from, to }) => push(ranges, [from, to]);
  for (let i = 0; i < said.flow.parts.length; i++) if (someOf(covers, (el) => isInside(said.flow.parts[i].holder, el))) tell(said.flow.parts[i]);
  for (let i = 0; i < said.fields.length; i++) if (has(covers, said.fields[i].el) || setHas(painted, said.fields[i].el)) tell(said.fields[i]);
  answer.staged = { was, replaced, fields, marks: mapList(request.marks || [], (mark) => markOf(mark, screen)), painted: ranges };
  return answer;
}

function spotAreas({ node, holder, from, to }, screen) {
  const end = min(to, dataOf(node).length), range = createRange(documentOf(node)), areas = [];
  if (!isAttached(node) || from >= end) return areas;
  setStart(range, node, from);
  setEnd(range, node, end);
  const rects = rangeRects(range), by = offsetOf(documentOf(node));
  // The chosen line of a menu is drawn by the menu.
  const drawn = tagOf(holder) === 'select' ? [rectOf(holder)] : rects;
  for (let i = 0; i < drawn.length; i++) {
    const area = drawn[i].width > 0 && drawn[i].height > 0 ? clipped(shifted(plain(drawn[i]), by), screen) : null;
    if (area) push(areas, area);
  }
  return areas;
}

// Where the one element of a step is to be seen; of a code's boxes all of them.
function markOf({ locator, need }, screen) {
  const match = onlyOf(resolve(compileLocator(locator), need));
  if (match === null) return null;
  const els = match.boxes || [isVisible(match.el) ? match.el : match.proxy || match.el], whole = els.length > 1 ? around(els) : topRect(els[0]);
  return isUnder(els[0]) ? null : clipped(whole, screen);
}

// -- fields --------------------------------------------------------------------------------------------------------------

const isPaintable = (el) => tagOf(el) === 'textarea' || (tagOf(el) === 'input' && inputType(el) !== 'color' && (setHas(typed, inputType(el)) || Boolean(dateForms[inputType(el)])));
// Half a date is no value, and can be read.
const isFilled = (el) => valueOf(el) !== '' || (tagOf(el) === 'input' && validityOf(el).badInput);

// The fields to be painted over: all that hold something, and those of secrets in any case. What cannot be painted so is covered.
function paintedFields(given, screen) {
  const fields = [], ink = [], painted = new PureSet(), { by, secret, doubtful, others } = givenFields(given);
  const inkOver = (el) => { const area = clipped(topRect(el), screen); if (area) push(ink, area); };
  const all = queryAll(document, 'input,textarea,select');
  for (let i = 0; i < all.length; i++) {
    const el = all[i];
    if (inputType(el) === 'hidden' || !checkVisibility(el, { visibilityProperty: true })) continue;
    const hidden = isSecret(el) || setHas(secret, el) || setHas(staged.secret, el), filled = isFilled(el);
    if (!hidden && !(filled && isPaintable(el))) continue;
    setAdd(painted, el);
    if (!isPaintable(el) || isUnder(el)) { inkOver(el); continue; }
    const boxes = boxesOf(el), { place, ...drawn } = drawnIn(el), seen = intersect(place, screen);
    const box = boxes && { at: indexIn(boxes, el), of: boxes.length, value: hidden ? null : joined(boxes) };
    if (seen) push(fields, { place: neat(seen), ...drawn, hidden, filled, doubtful: setHas(doubtful, el), value: hidden ? null : valueOf(el), by: mapHas(by, el) ? mapGet(by, el) : null, box });
  }
  for (let i = 0; i < others.length; i++) inkOver(others[i]);
  return { fields, ink, painted };
}

// By which of the run's steps each field was filled; what was given a secret and is no field is told apart. On a later page the same
// words may stand beside another field: a secret's is taken for what it is called, and only doubted for what stands near it.
function givenFields(given) {
  const by = new PureMap(), secret = new PureSet(), doubtful = new PureSet(), others = [];
  for (let i = 0; i < given.length; i++) {
    const locator = compileLocator(given[i].locator), known = resolve(locator, given[i].need), hides = given[i].secret;
    const { matches, rank } = known.matches.length || !hides ? known : resolve(locator, 'any');
    for (let m = 0; m < matches.length; m++) {
      const els = matches[m].boxes || [matches[m].el], near = locator.targets[rank].by === 'field' && matches[m].via === 'after';
      for (let e = 0; e < els.length; e++) {
        const own = weakHas(filledHere, els[e]) || (hides && !near);
        if (own) mapSet(by, els[e], i);
        if (hides) setAdd(own ? secret : doubtful, els[e]);
        if (hides && !isPaintable(els[e])) push(others, matches[m].proxy || els[e]);
      }
    }
  }
  return { by, secret, doubtful, others };
}

// Where a field's letters are drawn and how. They do not leave its content box sideways, so that what stands in its padding (an
// eye, an arrow) stays; nor does the paint reach over round corners.
function drawnIn(el) {
  const style = styleOf(el), rect = topRect(el), wide = offsetWidth(el), by = wide > 0 ? rect.width / wide : 1, paper = paperOf(el);
  const side = (name) => (parseFloat(style[name]) || 0) * by;
  const within = (outer, kind, end = '') => {
    const left = side(`${kind}Left${end}`), top = side(`${kind}Top${end}`);
    return { x: outer.x + left, y: outer.y + top, width: outer.width - left - side(`${kind}Right${end}`), height: outer.height - top - side(`${kind}Bottom${end}`) };
  };
  const inside = within(rect, 'border', 'Width'), content = within(inside, 'padding'), text = content.width > 0 && content.height > 0 ? content : inside;
  const x = max(inside.x, text.x - 2), right = min(inside.x + inside.width, text.x + text.width + 2);
  const top = cornerAt(side('borderTopLeftRadius') - side('borderTopWidth'), x - inside.x), edge = min(top, max(0, text.y - inside.y), max(0, inside.y + inside.height - text.y - text.height));
  const zone = lettersIn(el, style, text, inside, by), y = max(zone.y, inside.y + edge);
  const place = { x, y, width: right - x, height: min(zone.y + zone.height, inside.y + inside.height - edge) - y };
  return { place, text: neat(text), size: px(side('fontSize')), ink: hex(over(colourOf(style.webkitTextFillColor) || colourOf(style.color) || [0, 0, 0, 1], paper)), paper: hex(paper), align: alignOf(style) };
}

// Of one line the middle of its box, with room for the tallest letters; where that is tight, and of several lines, all the inside.
function lettersIn(el, style, text, inside, by) {
  const size = (parseFloat(style.fontSize) || 0) * by, line = (parseFloat(style.lineHeight) || 0) * by, tall = size * 1.5;
  if (tagOf(el) === 'textarea' || text.height < size * 1.2 || line > text.height || tall > inside.height) return inside;
  const y = max(inside.y, text.y + (text.height - tall) / 2);
  return { y, height: min(y + tall, inside.y + inside.height) - y };
}

// How far below the top a round corner ends, so far from the side.
function cornerAt(radius, far) {
  return radius > far ? radius - squareRoot(radius * radius - (radius - far) * (radius - far)) : 0;
}

function alignOf({ textAlign, direction }) {
  if (holds(textAlign, 'center')) return 'center';
  const turned = direction === 'rtl';
  return textAlign === 'right' || (textAlign === 'end' ? !turned : turned && textAlign !== 'left') ? 'end' : 'start';
}

// The colour below an element's letters, as far as colours tell: what is clear shows what it stands on.
function paperOf(el) {
  const layers = [];
  for (let at = el; at; at = outward(at)) {
    const colour = colourOf(styleOf(at).backgroundColor);
    if (!colour || colour[3] === 0) continue;
    push(layers, colour);
    if (colour[3] >= 1) break;
  }
  let paper = [255, 255, 255, 1];
  for (let i = layers.length - 1; i >= 0; i--) paper = over(layers[i], paper);
  return paper;
}

const numbers = new PureRegExp('-?[0-9.]+(e-?[0-9]+)?', 'g');

// [red, green, blue, alpha] of `rgb(…)`, `rgba(…)` and `color(srgb …)`; null of what is written otherwise.
function colourOf(text) {
  const whole = text && seek(text, 'rgb') === 0 ? 1 : text && seek(text, 'color(srgb ') === 0 ? 255 : 0, parts = [];
  if (whole === 0) return null;
  numbers.lastIndex = 0;
  for (let hit = execPattern(numbers, text); hit; hit = execPattern(numbers, text)) push(parts, +hit[0]);
  return parts.length < 3 ? null : [parts[0] * whole, parts[1] * whole, parts[2] * whole, parts.length > 3 ? parts[3] : 1];
}

const over = (top, below) => mapList([0, 1, 2, 3], (i) => (i < 3 ? top[i] * top[3] + below[i] * (1 - top[3]) : 1));
const toHex = method('Number', 'toString');
const hex = (colour) => `#${joinList(mapList(sliceList(colour, 0, 3), (part) => cut(`0${toHex(min(255, max(0, round(part))), 16)}`, -2)), '')}`;

// Whether something else stands over the middle of it.
function isUnder(el) {
  const doc = documentOf(el), seen = intersect(plain(rectOf(el)), viewportOf(viewOf(doc)));
  const at = seen && middle(seen), hit = at && deepHit(doc, at);
  if (!hit) return false;
  const label = closest(hit, (it) => tagOf(it) === 'label'), own = isInside(hit, el) || isInside(el, hit) || (label !== null && controlOf(label) === el);
  return !own || coveredOutside(doc, at) !== null;
}
