// `after`: the field or the value that visually follows a text, as a person reads a form or a table without labels.

// Fields for acting, values for reading. Every place where the text stands is followed; what cannot be followed is no match.
function findAfter(target, root, purpose) {
  if (fieldKinds[purpose]) return findAfterFields(target, root, purpose);
  const places = placesOf(target, root), matches = [];
  for (let i = 0; i < places.length; i++) {
    const match = valueAfter(places[i], root);
    if (match) push(matches, match);
  }
  return matches;
}

function findAfterFields(target, root, purpose) {
  const places = placesOf(target, root);
  if (!places.length) return [];
  const fields = filterList(mapList(fieldsIn(root, purpose), (el) => asMatch(el, 'after', purpose, false, true)), (match) => match !== null);
  if (!fields.length) return [];
  withBoxes(fields);
  const matches = [];
  for (let i = 0; i < places.length; i++) {
    const match = fieldAfter(places[i], fields, root, purpose);
    if (match) push(matches, match);
  }
  return matches;
}

// Where the text stands: {flow, from, to, holder, rect}. `exact` means the whole label, but for a colon or star after it.
function placesOf(target, root) {
  const flow = flowOf(root), hits = target.name.hits(flow), places = [];
  for (let i = 0; i < hits.length; i++) {
    const [from, to] = hits[i];
    if (!isStretchSeen(flow, from, to)) continue;
    if (target.name.exact && !isWholeLabel(flow, from, to)) continue;
    const holder = elementAround(flow, from, to);
    if (isElement(root) && !isInside(holder, root)) continue;
    const rect = stretchRect(flow, from, to);
    if (rect) push(places, { flow, from, to, holder, rect, line: lineRect(flow, from, to) || rect });
  }
  return places;
}

const labelEnd = ' :*\u2009(';
function isWholeLabel(flow, from, to) {
  if (from > 0 && flow.lines[from - 1] !== '\n' && flow.parts[partAt(flow, from)].from !== from) return false;
  const rest = flow.lines[to];
  if (rest === undefined || rest === '\n' || holds(':*', rest)) return true;
  return flow.parts[partAt(flow, to - 1)].to === to;
}

// The box of a stretch of text: of its last line, for what follows stands beside that.
function stretchRect(flow, from, to) {
  const rects = [];
  for (let i = partAt(flow, from); i < flow.parts.length && flow.parts[i].from < to; i++) pushAll(rects, partRects(flow.parts[i], from, to));
  if (!rects.length) return null;
  const last = rects[rects.length - 1];
  let { x, y, width, height } = last;
  for (let i = 0; i < rects.length; i++) {
    if (abs(rects[i].y - y) > height / 2) continue;
    const right = max(x + width, rects[i].x + rects[i].width);
    x = min(x, rects[i].x);
    width = right - x;
  }
  return { x, y, width, height, top: rects[0].y };
}

// The box of all the text in the line of a stretch: what stands below a label stands below any word of it.
function lineRect(flow, from, to) {
  let start = from, end = seek(flow.lines, '\n', to);
  while (start > 0 && flow.lines[start - 1] !== '\n' && from - start < 200) start--;
  if (end < 0) end = flow.lines.length;
  return stretchRect(flow, start, min(end, to + 200));
}

// The boxes of a part (or of the stretch from…to of it) in top-level px.
function partRects(part, from, to) {
  const by = offsetOf(documentOf(part.holder)), list = [];
  if (typeOf(part.node) !== TEXT) {
    const rect = rectOf(part.node);
    return rect.width ? [shifted(plain(rect), by)] : [];
  }
  const range = createRange(documentOf(part.node));
  const data = dataOf(part.node);
  setStart(range, part.node, rawIndex(data, max(from - part.from, 0)));
  setEnd(range, part.node, rawIndex(data, min(to, part.to) - part.from));
  const rects = rangeRects(range);
  for (let i = 0; i < rects.length; i++) if (rects[i].width > 0 && rects[i].height > 0) push(list, shifted(plain(rects[i]), by));
  return list;
}

// Where in the raw text the n-th character of the folded text stands.
function rawIndex(data, n) {
  let at = 0;
  while (at < data.length && isSpace(data, at)) at++;
  for (let count = 0; count < n && at < data.length; count++) {
    if (isSpace(data, at)) while (at + 1 < data.length && isSpace(data, at + 1)) at++;
    at++;
  }
  return at;
}

// -- a field -------------------------------------------------------------------------------------------------------------

// The field of the next cell or of the same line; else of the line below; never past another text or field.
function fieldAfter(place, fields, root, purpose) {
  const boxes = mapList(fields, (match) => (match.boxes ? around(match.boxes) : topRect(match.proxy || match.el)));
  // Boxes to tick stand before their words, all other fields after them.
  if (purpose === 'check') return nearest(place, fields, boxes, root, isLeftOf) || fieldInNextCell(place, fields) || nearest(place, fields, boxes, root, isRightOf);
  return fieldInNextCell(place, fields) || nearest(place, fields, boxes, root, isRightOf) || nearest(place, fields, boxes, root, isBelow);
}

function fieldInNextCell(place, fields) {
  const cell = closest(place.holder, isCell);
  if (!cell || someOf(fields, (match) => isInside(match.el, cell))) return null;
  for (let next = nextCell(cell); next; next = nextCell(next)) {
    const inside = filterList(fields, (match) => isInside(match.el, next));
    if (inside.length) return inside[0];
    if (visibleText(next) !== '') return null;
  }
  return null;
}

const isCell = (el) => { const tag = tagOf(el); return tag === 'td' || tag === 'th' || tag === 'dt' || setHas(cellRoles, attr(el, 'role') || ''); };
const cellRoles = words('cell gridcell rowheader columnheader');

function nextCell(cell) {
  for (let next = nextOf(cell); next; next = nextOf(next)) if (typeOf(next) === ELEMENT && (isCell(next) || tagOf(next) === 'dd')) return next;
  return null;
}

const overlap = (from, size, otherFrom, otherSize) => min(from + size, otherFrom + otherSize) - max(from, otherFrom);

// How far a box stands to the right on the same line, or below in the same column; -1: not there.
function isRightOf({ rect: place }, box) {
  const gap = box.x - (place.x + place.width);
  if (gap < -2) return -1;
  return overlap(place.y, place.height, box.y, box.height) >= min(place.height, box.height) * 0.5 ? max(gap, 0) : -1;
}

function isLeftOf({ rect: place }, box) {
  const gap = place.x - (box.x + box.width);
  if (gap < -2 || gap > 60) return -1;
  return overlap(place.y, place.height, box.y, box.height) >= min(place.height, box.height) * 0.5 ? max(gap, 0) : -1;
}

function isBelow({ line: place }, box) {
  const gap = box.y - (place.y + place.height);
  if (gap < -2 || gap > max(120, place.height * 5)) return -1;
  const shared = overlap(place.x, place.width, box.x, box.width);
  return shared > 0 && (shared >= 8 || shared >= box.width * 0.5) ? max(gap, 0) : -1;
}

function around(elements) {
  const first = topRect(elements[0]), last = topRect(elements[elements.length - 1]);
  return { x: first.x, y: first.y, width: last.x + last.width - first.x, height: last.y + last.height - first.y };
}

function nearest(place, fields, boxes, root, distance) {
  let best = -1, least = Infinity;
  for (let i = 0; i < fields.length; i++) {
    const far = distance(place, boxes[i]);
    if (far >= 0 && far < least) { least = far; best = i; }
  }
  if (best < 0) return null;
  return isBetween(place, boxes[best], least, distance, fields[best]) ? null : fields[best];
}

// Whether another text stands nearer to the field, in the same direction: then the field is that one's.
function isBetween(place, box, least, distance, match) {
  const { flow } = place;
  const first = partAt(flow, place.to);
  // Reading order ends the search soon: what stands between is written between, or just before and after.
  for (let i = max(0, first - 12); i < min(flow.parts.length, first + 40); i++) {
    const part = flow.parts[i];
    if (part.from < place.to && part.to > place.from) continue;
    if (!letters(cut(flow.text, part.from, part.to)) || isInside(part.holder, match.el) || isInside(match.el, part.holder)) continue;
    if (!isVisible(part.holder)) continue;
    const rects = partRects(part, part.from, part.to);
    for (let r = 0; r < rects.length; r++) {
      const far = distance(place, rects[r]);
      if (far >= 0 && far < least && distance({ rect: rects[r], line: rects[r] }, box) >= 0 && !isHint(part, place)) return true;
    }
  }
  return false;
}

// The rest of the same label, a star or a hint in the same paragraph, does not part it from its field.
const isHint = (part, place) => holds(place.flow.lines, '\n') && seek(cut(place.flow.lines, min(part.from, place.from), max(part.to, place.to)), '\n') < 0;
const letterPattern = new PureRegExp('[\\p{L}\\p{N}]', 'u');
const letters = (text) => execPattern(letterPattern, text) !== null;

// -- a value -------------------------------------------------------------------------------------------------------------

function valueAfter(place, root) {
  return valueInText(place) || valueInCell(place) || valueByPlace(place, root);
}

// «Data di scadenza: 16/07/2014» in one line, be it one text or several inline elements.
function valueInText(place) {
  const { flow, to } = place;
  let end = seek(flow.lines, '\n', to);
  if (end < 0) end = flow.lines.length;
  const cell = closest(place.holder, isCell);
  if (cell) {
    const extent = extentOf(flow, cell);
    if (extent) end = min(end, extent.to);
  }
  const text = afterColon(cut(flow.text, endOfLabel(flow, to, end, cell), end));
  if (text === '') return null;
  const own = flow.parts[partAt(flow, end - 1)].holder;
  return { el: own, via: 'after', text };
}

// A label may say more than the flow does: of «IUT del certificato: 2024AB» and of a cell «IUT del certificato» beside that of the
// value, «del certificato» is no value. The label goes on in words up to a colon; without one, up to the end of its own text, where
// what follows that has a digit: words might be the value as well.
function endOfLabel(flow, to, end, cell) {
  const part = flow.parts[partAt(flow, to - 1)], own = min(part.to, end);
  const more = execPattern(labelGoesOn, cut(flow.text, to, own));
  if (!more) return to;
  if (more[1] !== '') return to + more[0].length;
  if (own < end) return execPattern(digit, cut(flow.text, own, end)) ? own : to;
  return cell && execPattern(digit, nextText(cell)) ? end : to;
}

const labelGoesOn = new PureRegExp('^[ \\u00a0][^\\p{N}:*=\u2013\u2014-]*(:|$)', 'u');
const digit = new PureRegExp('\\p{N}', 'u');

function nextText(cell) {
  for (let next = nextCell(cell); next; next = nextCell(next)) {
    const field = fieldIn(next), text = field ? valueOf(field) : visibleText(next);
    if (field || text !== '') return text;
  }
  return '';
}

const colon = new PureRegExp('^[\\s:*=\u2013\u2014-]+');
const afterColon = (text) => trim(replace(text, colon, ''));

function valueInCell(place) {
  const cell = closest(place.holder, isCell);
  if (!cell) return null;
  for (let next = nextCell(cell); next; next = nextCell(next)) {
    const field = fieldIn(next);
    if (field) return { el: field, via: 'after' };
    const text = visibleText(next);
    if (text !== '') return { el: next, via: 'after', text };
  }
  return null;
}

function fieldIn(el) {
  const fields = fieldsIn(el, 'read');
  for (let i = 0; i < fields.length; i++) if (isVisible(fields[i])) return fields[i];
  return null;
}

// The next thing to the right on the line, else the next below.
function valueByPlace(place, root) {
  const things = thingsNear(place, root);
  return nearestThing(place, things, isRightOf) || nearestThing(place, things, isBelow);
}

function thingsNear(place, root) {
  const { flow } = place, things = [];
  for (let i = partAt(flow, place.to); i < min(flow.parts.length, partAt(flow, place.to) + 40); i++) {
    const part = flow.parts[i];
    if (part.from < place.to || !isVisible(part.holder)) continue;
    const rects = partRects(part, part.from, part.to);
    if (rects.length) push(things, { el: part.holder, box: rects[0], from: part.from });
  }
  const fields = fieldsIn(root, 'read');
  for (let i = 0; i < fields.length; i++) if (isVisible(fields[i])) push(things, { el: fields[i], box: topRect(fields[i]), field: true });
  return things;
}

function nearestThing(place, things, distance) {
  let best = null, least = Infinity;
  for (let i = 0; i < things.length; i++) {
    const far = distance(place, things[i].box);
    if (far >= 0 && far < least) { least = far; best = things[i]; }
  }
  if (!best) return null;
  if (best.field) return { el: best.el, via: 'after' };
  const { flow } = place;
  let end = seek(flow.lines, '\n', best.from);
  if (end < 0) end = flow.lines.length;
  return { el: best.el, via: 'after', text: afterColon(cut(flow.text, best.from, end)) };
}
