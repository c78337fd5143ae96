// Filling: the whole value set the way an editor would, so that the page hears trusted events; then read back and compared.

const focusOn = method('HTMLElement', 'focus'), blurOn = method('HTMLElement', 'blur'), runCommand = method('Document', 'execCommand'), dispatch = method('EventTarget', 'dispatchEvent');
const selectInput = method('HTMLInputElement', 'select'), selectArea = method('HTMLTextAreaElement', 'select');
const setInput = setter('HTMLInputElement', 'value'), setArea = setter('HTMLTextAreaElement', 'value');

const typed = words('text search url tel email password number');
const dateForms = { __proto__: null, date: 'yyyy-mm-dd', time: 'hh:mm', month: 'yyyy-mm', week: 'yyyy-Www', 'datetime-local': 'yyyy-mm-ddThh:mm', color: '#rrggbb' };

async function lookFill(request, locator, context) {
  const found = oneMatch(locator, 'fill', context);
  if (found.answer) return found.answer;
  const { match, rank } = found;
  const about = () => ({ element: describeElement(match), rank, via: match.via });
  const refusal = refused(request, match);
  if (refusal) return refusal;
  const spot = await whenReady(match, 'fill', context);
  if (spot.wait) return blockedField(spot, match, locator);
  // The page may have gone elsewhere while two frames passed: the origins are asked for again, in the same breath.
  const late = refused(request, match);
  if (late) return late;
  const fields = match.boxes || [match.el];
  for (let i = 0; i < fields.length; i++) keepFilled(fields[i], request);
  const outcome = match.boxes ? await fillBoxes(fields, request.value, request.secret) : await fillOne(match.el, request.value, request.clear !== false, context);
  if (outcome.keys) return { is: 'needs-keys', ...about(), ...placeOf(match.el, spot), boxes: match.boxes ? fields.length : 0 };
  return readBack(request, match, fields, outcome.expected, about);
}

// The fields into which this script has put something, as long as the document and our world last.
const filledHere = new PureWeakSet();

function keepFilled(field, request) {
  weakAdd(filledHere, field);
  if (!request.secret) return;
  weakAdd(holdsSecret, field);
  guardLeaving(field, request.origins);
}

// What is refused before anything is touched.
function refused(request, match) {
  const { el } = match;
  if (request.origins) {
    const frame = originOf(documentOf(el)), top = topOrigin() || request.top || null;
    if (!has(request.origins, frame) || !has(request.origins, top)) return { is: 'origin', top, frame };
  }
  if (request.secret === false && inputType(el) === 'password') return { is: 'literal-in-password', element: describeElement(match) };
  if (!isFillable(el)) return { is: 'not-a-field', element: describeElement(match) };
  return null;
}

function isFillable(el) {
  const tag = tagOf(el), type = inputType(el);
  if (tag === 'textarea' || isEditable(el)) return true;
  return tag === 'input' && (setHas(typed, type) || Boolean(dateForms[type]) || type === 'range');
}

const isEditable = (el) => closest(el, isEditingHost) !== null;

function blockedField(spot, match, locator) {
  const answer = { wait: spot.wait, match, looked_for: locator.shown };
  if (spot.wait === 'readonly') answer.end = () => ({ is: 'readonly', element: describeElement(match) });
  return answer;
}

// -- one field -----------------------------------------------------------------------------------------------------------

async function fillOne(el, value, clear) {
  const type = inputType(el), before = clear ? '' : currentValue(el);
  const expected = before + value;
  focusOn(el, { preventScroll: true });
  if (dateForms[type] || type === 'range') setBySetter(el, expected);
  else {
    selectContent(el, clear);
    const held = currentValue(el);
    insert(el, value);
    // Only where the editor did nothing at all: what it has cut short a person could not type either.
    const idle = currentValue(el) === held || currentValue(el) === '';
    if (idle && currentValue(el) !== expected && !isEditable(el)) setBySetter(el, expected);
  }
  await pause(0);
  if (currentValue(el) === '' && expected !== '' && !dateForms[type]) {
    if (isAttached(el) && setHas(typed, type)) return { keys: true };
  }
  return { expected };
}

function insert(el, text) {
  const doc = documentOf(el);
  try {
    if (text === '') runCommand(doc, 'delete', false);
    else runCommand(doc, 'insertText', false, text);
  } catch { /* not an editable place: read back tells */ }
}

function selectContent(el, all) {
  const tag = tagOf(el);
  if (tag === 'input' && all) return selectInput(el);
  if (tag === 'textarea' && all) return selectArea(el);
  if (tag === 'input' || tag === 'textarea') {
    try { el.setSelectionRange(currentValue(el).length, currentValue(el).length); } catch { /* number and e-mail fields have no caret to set */ }
    return undefined;
  }
  const chosen = viewOf(documentOf(el)).getSelection();
  chosen.selectAllChildren(el);
  if (!all) chosen.collapseToEnd();
  return undefined;
}

function setBySetter(el, value) {
  (tagOf(el) === 'textarea' ? setArea : setInput)(el, value);
  fire(el, 'input');
  fire(el, 'change');
}

function fire(el, type) {
  const view = viewOf(documentOf(el));
  const event = type === 'input' ? new view.InputEvent('input', { bubbles: true, composed: true, inputType: 'insertText' }) : new view.Event(type, { bubbles: true });
  dispatch(el, event);
}

function currentValue(el) {
  if (tagOf(el) === 'input' || tagOf(el) === 'textarea') return valueOf(el);
  return replace(el.innerText, lastBreak, '');
}
const lastBreak = new PureRegExp('\\n$');

// -- one-character boxes -------------------------------------------------------------------------------------------------

// Box by box, as by hand: where the page has moved on to the next box by itself, that is where the next character goes.
async function fillBoxes(boxes, value, secret) {
  if (value.length !== boxes.length) return { expected: value };
  for (let i = 0; i < boxes.length; i++) {
    if (activeNow(boxes[i]) !== boxes[i]) focusOn(boxes[i], { preventScroll: true });
    selectContent(boxes[i], true);
    insert(boxes[i], value[i]);
    // A widget that takes the focus away a moment later must have done so before the next character.
    if (currentValue(boxes[i]) !== value[i]) await pause(0);
  }
  await pause(0);
  if (joined(boxes) === value || !isAttached(boxes[0])) return { expected: value };
  focusOn(boxes[0], { preventScroll: true });
  paste(boxes[0], value);
  await pause(0);
  if (joined(boxes) === value) return { expected: value };
  for (let i = 0; i < boxes.length; i++) setBySetter(boxes[i], value[i]);
  await pause(0);
  if (joined(boxes) === value) return { expected: value };
  for (let i = boxes.length - 1; i >= 0; i--) setBySetter(boxes[i], '');
  focusOn(boxes[0], { preventScroll: true });
  return { keys: true };
}

function paste(el, text) {
  try {
    // Firefox asks for the text itself, the others for the transfer that holds it.
    const view = viewOf(documentOf(el)), data = new view.DataTransfer();
    data.setData('text/plain', text);
    dispatch(el, new view.ClipboardEvent('paste', { clipboardData: data, data: text, dataType: 'text/plain', bubbles: true, cancelable: true, composed: true }));
  } catch { /* no paste here */ }
}

function joined(boxes) {
  let text = '';
  for (let i = 0; i < boxes.length; i++) text += currentValue(boxes[i]);
  return text;
}

function activeNow(el) {
  const root = rootOf(el);
  return typeOf(root) === FRAGMENT ? activeInShadow(root) : activeInDocument(documentOf(el));
}

// -- reading back --------------------------------------------------------------------------------------------------------

function readBack(request, match, fields, expected, about) {
  const got = joined(fields);
  if (got === expected && request.secret) rememberFilled(fields, expected);
  if (got === expected) return { is: 'filled', ...about(), origin: originOf(documentOf(match.el)), ok: true, reformatted: false };
  if (match.boxes && !isAttached(match.el)) return { is: 'filled', ...about(), origin: originOf(documentOf(match.el)), ok: true, reformatted: false };
  if (reformats(got, expected) && !request.secret) return { is: 'filled', ...about(), origin: originOf(documentOf(match.el)), ok: true, reformatted: true };
  return { is: 'mismatch', ...about(), got_length: got.length, hint: hintFor(match, fields, expected, got) };
}

// -- what must still stand there when it is sent --------------------------------------------------------------------------

// {fields, expected} of each secret since the last press. A page may alter a value as its field is left: a number loses its
// leading zero, and what is then sent is another PIN.
let filledSecrets = [];

function rememberFilled(fields, expected) {
  const others = [];
  for (let i = 0; i < filledSecrets.length; i++) if (filledSecrets[i].fields[0] !== fields[0]) push(others, filledSecrets[i]);
  push(others, { fields, expected });
  filledSecrets = others;
}

function forgetFilled() { filledSecrets = []; }

// Leaves the fields, as the press will, and gives one that no longer holds its secret, or null.
function alteredField() {
  for (let i = 0; i < filledSecrets.length; i++) {
    const { fields } = filledSecrets[i];
    for (let f = 0; f < fields.length; f++) if (isAttached(fields[f]) && activeNow(fields[f]) === fields[f]) blurOn(fields[f]);
  }
  for (let i = 0; i < filledSecrets.length; i++) {
    const { fields, expected } = filledSecrets[i];
    if (isAttached(fields[0]) && joined(fields) !== expected) return fields[0];
  }
  return null;
}

const separators = new PureRegExp('[\\s./:,()+-]', 'g');
const bare = (text) => replace(text, separators, '');
// A mask has put separators in, or taken them out: the characters that count are the same.
const reformats = (got, wanted) => got !== wanted && bare(got) === bare(wanted) && bare(got) !== '';

function hintFor(match, fields, wanted, got) {
  const { el } = match, type = inputType(el);
  if (match.boxes && wanted.length !== fields.length) return `${fields.length} boxes for ${wanted.length} characters`;
  if (dateForms[type]) return `wants ${dateForms[type]}`;
  const most = tagOf(el) === 'input' || tagOf(el) === 'textarea' ? +attrOr(el, 'maxlength') : 0;
  if (most > 0 && wanted.length > most) return `maxlength ${most}`;
  if (got === '') return type === 'number' ? 'wants a number' : 'emptied by the page';
  if (reformats(got, wanted)) return 'separators were added';
  if (wanted[0] === '0' && stripZeros(wanted) === stripZeros(got)) return 'leading zero dropped';
  if (got.length < wanted.length) return 'characters refused';
  if (lower(got) === lower(wanted)) return 'capitals changed by the page';
  return 'changed by the page';
}
const zeros = new PureRegExp('^0+');
const stripZeros = (text) => replace(text, zeros, '');

function lookVerify(request, locator, context) {
  const found = oneMatch(locator, 'fill', context);
  if (found.answer) return found.answer;
  const { match, rank } = found;
  const answer = readBack(request, match, match.boxes || [match.el], request.value, () => ({ element: describeElement(match), rank, via: match.via }));
  return answer.is === 'filled' ? answer : { wait: 'another value', match, end: () => answer };
}

async function lookFocus(request, locator, context) {
  const found = oneMatch(locator, 'focus', context);
  if (found.answer) return found.answer;
  const refusal = refused(request, found.match);
  if (refusal) return refusal;
  const spot = await whenReady(found.match, 'focus', context);
  if (spot.wait) return blockedField(spot, found.match, locator);
  const late = refused(request, found.match);
  if (late) return late;
  keepFilled(found.match.el, request);
  focusOn(found.match.el, { preventScroll: true });
  selectContent(found.match.el, false);
  return readyAnswer(found, spot);
}
