// Fields: what can be filled, ticked or chosen from, found by what a person reads beside it.

const fieldKinds = {
  __proto__: null,
  fill: words('textbox searchbox spinbutton combobox button slider'), focus: words('textbox searchbox spinbutton combobox slider'),
  check: words('checkbox radio switch menuitemcheckbox menuitemradio option'), select: words('combobox listbox radiogroup'), upload: words('button'),
};
const anyField = words('textbox searchbox spinbutton combobox listbox checkbox radio switch slider button');
const fieldCss = 'input,textarea,select,[contenteditable],[role]';

function isField(el, purpose) {
  const tag = tagOf(el), role = roleOf(el);
  if (tag === 'input') {
    const type = inputType(el);
    if (type === 'hidden' || type === 'submit' || type === 'button' || type === 'reset' || type === 'image') return false;
    if (purpose === 'upload') return type === 'file';
    if (type === 'file') return purpose !== 'fill' && purpose !== 'focus' && purpose !== 'check' && purpose !== 'select';
    return setHas(fieldKinds[purpose] || anyField, role);
  }
  if (tag === 'textarea') return !fieldKinds[purpose] || purpose === 'fill' || purpose === 'focus';
  if (tag === 'select') return purpose !== 'check' && purpose !== 'upload' && purpose !== 'fill' && purpose !== 'focus';
  if (isEditingHost(el)) return !fieldKinds[purpose] || purpose === 'fill' || purpose === 'focus';
  if (role === 'button' || role === 'generic') return false;
  return setHas(fieldKinds[purpose] || anyField, role);
}

// All fields below a root, each set of one-character boxes once.
function fieldsIn(root, purpose) {
  const fields = filterList(queryAll(root, fieldCss), (el) => isField(el, purpose));
  return filterList(fields, (el) => { const boxes = boxesOf(el); return boxes === null || boxes[0] === el; });
}

// By accessible name; if none, by placeholder; if none, by the text that stands before it.
function findField(target, root, purpose, hidden) {
  const fields = fieldsIn(root, purpose);
  const named = collect(fields, (el) => someOf(fieldNames(el), target.name.test), 'name', purpose, hidden, true);
  if (named.length) return withBoxes(named);
  const held = collect(fields, (el) => target.name.test(placeholderOf(el)), 'placeholder', purpose, hidden, true);
  if (held.length) return withBoxes(held);
  return findAfterFields(target, root, purpose);
}

const placeholderOf = (el) => attrOr(el, 'placeholder') || attrOr(el, 'aria-placeholder');

// A name that is only the placeholder again does not count here: a label beats a placeholder.
function fieldNames(el) {
  const boxes = boxesOf(el);
  if (boxes !== null) return boxNames(boxes);
  const name = nameOf(el);
  return name !== '' && name !== fold(placeholderOf(el)) ? [name] : labelOf(el) !== '' ? [labelOf(el)] : [];
}

function findLabelled(target, root, purpose, hidden) {
  return withBoxes(collect(fieldsIn(root, purpose), (el) => {
    const label = labelOf(el);
    return label !== '' && target.name.test(label);
  }, 'name', purpose, hidden, true));
}

// What <label>, aria-label and aria-labelledby say, without title and placeholder.
function labelOf(el) {
  const walk = newWalk(el, true);
  const given = fold(givenName(el, walk));
  if (given !== '') return given;
  return labelsOf[tagOf(el)] ? fold(labelText(el, tagOf(el), walk)) : '';
}

function findPlaceholder(target, root, purpose, hidden) {
  return withBoxes(collect(fieldsIn(root, purpose), (el) => placeholderOf(el) !== '' && target.name.test(placeholderOf(el)), 'placeholder', purpose, hidden, true));
}

// -- one-character boxes -------------------------------------------------------------------------------------------------

let boxSets;
function forgetBoxes() { boxSets = new PureMap(); }

const maxLength = getter('HTMLInputElement', 'maxLength');

function isBox(el) {
  if (tagOf(el) !== 'input') return false;
  const type = inputType(el);
  if (type !== 'text' && type !== 'tel' && type !== 'password' && type !== 'number') return false;
  if (maxLength(el) === 1) return true;
  // Boxes made of number fields, or that take a pasted code in the first, are told by how narrow they are.
  return hasAttribute(el, 'data-otp') || (setHas(codeHints, lower(attrOr(el, 'autocomplete'))) && isNarrow(el));
}
const codeHints = words('one-time-code off');
const isNarrow = (el) => { const rect = rectOf(el); return rect.width > 0 && rect.width <= 72 && rect.width <= rect.height * 1.8 && inputType(el) !== 'text' ? true : attr(el, 'size') === '1'; };

// The four or more boxes among which this one stands, in order; null if it is no such box.
function boxesOf(el) {
  if (!isBox(el)) return null;
  return remembered(boxSets, el, () => {
    let scope = parentOf(el), best = null;
    for (let depth = 0; scope && depth < 6; depth++, scope = parentOf(scope)) {
      const inside = filterList(textInputs(scope), isBox);
      const others = textInputs(scope).length - inside.length;
      if (others > 0 && best) break;
      if (inside.length >= 4 && inOneRow(inside)) best = inside;
      if (others > 0) break;
    }
    return best;
  });
}

// Open shadow trees count too: a box may be a component of its own.
function textInputs(scope) {
  return filterList(queryAll(scope, 'input'), (el) => {
    const type = inputType(el);
    return type !== 'hidden' && type !== 'checkbox' && type !== 'radio' && type !== 'submit' && type !== 'button' && checkVisibility(el);
  });
}

function inOneRow(boxes) {
  const first = rectOf(boxes[0]);
  return everyOf(boxes, (box) => abs(rectOf(box).top - first.top) < first.height);
}

// A set of boxes is named by the groups around it, or by any of its boxes.
function boxNames(boxes) {
  const list = [];
  for (let i = 0; i < boxes.length; i++) {
    const name = nameOf(boxes[i]);
    if (name !== '' && name !== fold(placeholderOf(boxes[i]))) push(list, name);
  }
  pushAll(list, groupNames(boxes));
  return list;
}

// The nearest first.
function groupNames(boxes) {
  const list = [];
  for (let at = parentOf(boxes[0]), depth = 0; at && depth < 6; at = parentOf(at), depth++) {
    const role = roleOf(at);
    if (role !== 'group' && role !== 'radiogroup' && role !== 'region') continue;
    const name = nameOf(at);
    if (name !== '' && containsAll(at, boxes)) push(list, name);
  }
  return list;
}

// The nearest group's name, which says what the code is for, before any box's.
function nameOfBoxes(boxes) {
  const groups = groupNames(boxes), names = groups.length ? groups : boxNames(boxes);
  return names.length ? names[0] : textBefore(boxes[0]);
}

const containsAll = (scope, boxes) => everyOf(boxes, (box) => isInside(box, scope));

function withBoxes(matches) {
  for (let i = 0; i < matches.length; i++) {
    const boxes = boxesOf(matches[i].el);
    if (boxes) matches[i].boxes = boxes;
  }
  return matches;
}

// A selector that means several boxes of one set means the one field that they are.
function oneOfBoxes(matches) {
  withBoxes(matches);
  return filterList(matches, (match, i) => !match.boxes || !someOf(sliceList(matches, 0, i), (before) => before.boxes && before.boxes[0] === match.boxes[0]));
}
