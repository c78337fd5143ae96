// Accessible names: the accname algorithm, as Firefox and Chromium carry it out.

let names, told;
function forgetNames() {
  names = new PureMap();
  told = new PureMap();
}

// Values of fields in the middle of a name are part of it, but have no place in what is told: `toldName` leaves them out.
const nameOf = (el) => remembered(names, el, (it) => fold(computeName(it, newWalk(it, false))));
const toldName = (el) => remembered(told, el, (it) => fold(computeName(it, newWalk(it, true))));
const newWalk = (of, mute) => ({ of, mute, visited: new PureSet(), labelled: false, inside: false, label: false });

// Roles that take their name from what they contain.
const fromContent = words('button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option ' +
  'radio rowheader switch tab term tooltip treeitem');
// Roles that may have no name at all, whatever is written.
const nameless = words('caption code deletion emphasis generic insertion none paragraph strong subscript superscript');

// walk: { of: the element asked for, visited, labelled: within aria-labelledby, inside: below the element asked for,
//         label: within a native label, whose own control counts by its value no more than any other }
function computeName(el, walk) {
  if (setHas(walk.visited, el)) return '';
  setAdd(walk.visited, el);
  const given = givenName(el, walk);
  if (given !== '') return given;
  const role = roleOf(el);
  if (walk.inside || walk.labelled) {
    const value = embeddedValue(el, role, walk);
    if (value !== null) return value;
  }
  const native = role === 'none' ? '' : nativeName(el, role, walk);
  if (native !== '') return native;
  if (setHas(fromContent, role) || (role === 'row' && isGridRow(el)) || walk.inside || walk.labelled) {
    const content = contentName(el, walk);
    if (fold(content) !== '') return content;
  }
  return tooltip(el, role, walk);
}

// aria-labelledby and aria-label, before all else.
function givenName(el, walk) {
  if (!walk.labelled || !walk.inside) {
    const labels = walk.labelled ? [] : referred(el, 'aria-labelledby');
    let text = '';
    for (let i = 0; i < labels.length; i++) {
      const part = computeName(labels[i], { of: walk.of, mute: walk.mute, visited: new PureSet(), labelled: true, inside: false, label: false, hidden: isHiddenFromAll(labels[i]) });
      if (fold(part) !== '') text += ` ${part}`;
    }
    if (fold(text) !== '') return text;
  }
  const label = attrOr(el, 'aria-label');
  return fold(label) === '' ? '' : label;
}

function referred(el, attribute) {
  const found = [], ids = split(trim(attrOr(el, attribute)), spaces);
  for (let i = 0; i < ids.length; i++) {
    const it = ids[i] && byId(el, ids[i]);
    if (it) push(found, it);
  }
  return found;
}

const isHiddenFromAll = (el) => !isDrawn(el) || !isReachableByItself(el);

function isReachableByItself(el) {
  return closest(el, (it) => attr(it, 'aria-hidden') === 'true') === null;
}

// A control in the middle of a label counts by its value.
function embeddedValue(el, role, walk) {
  if (el === walk.of) return null;
  if (walk.mute && (hasValue(el) || role === 'textbox' || role === 'searchbox' || role === 'combobox') && tagOf(el) !== 'select') return '';
  switch (role) {
    case 'textbox': case 'searchbox':
      if (isSecret(el)) return '';
      return tagOf(el) === 'input' || tagOf(el) === 'textarea' ? valueOf(el) : null;
    case 'combobox': case 'listbox': return chosenText(el, walk);
    case 'slider': case 'spinbutton': case 'progressbar': case 'scrollbar': case 'meter':
      return attr(el, 'aria-valuetext') || attr(el, 'aria-valuenow') || (hasValue(el) ? valueOf(el) : null);
    default: return null;
  }
}

const hasValue = (el) => { const tag = tagOf(el); return tag === 'input' || tag === 'textarea' || tag === 'select' || tag === 'progress' || tag === 'meter'; };
const inputValue = getter('HTMLInputElement', 'value'), areaValue = getter('HTMLTextAreaElement', 'value'), selectValue = getter('HTMLSelectElement', 'value');
const optionsOf = getter('HTMLSelectElement', 'selectedOptions');

function valueOf(el) {
  switch (tagOf(el)) {
    case 'input': return inputValue(el);
    case 'textarea': return areaValue(el);
    case 'select': return selectValue(el);
    case 'progress': case 'meter': return `${el.value}`;
    default: return '';
  }
}

function chosenText(el, walk) {
  if (tagOf(el) === 'select') {
    const chosen = optionsOf(el);
    let text = '';
    for (let i = 0; i < chosen.length; i++) text += ` ${computeName(chosen[i], below(walk))}`;
    return text;
  }
  if (tagOf(el) === 'input') return inputValue(el);
  const chosen = query(el, '[role=option][aria-selected=true]');
  if (!chosen.length) return null;
  let text = '';
  for (let i = 0; i < chosen.length; i++) text += ` ${computeName(chosen[i], below(walk))}`;
  return text;
}

// Rows of grids are named by their cells, those of plain tables are not named.
const isGridRow = (el) => { const grid = closest(el, isTable); return grid !== null && roleOf(grid) !== 'table'; };

const below = (walk) => ({ of: walk.of, mute: walk.mute, visited: walk.visited, labelled: walk.labelled, inside: true, label: walk.label, hidden: walk.hidden });

const labelsOf = {
  __proto__: null,
  input: getter('HTMLInputElement', 'labels'), select: getter('HTMLSelectElement', 'labels'), textarea: getter('HTMLTextAreaElement', 'labels'),
  button: getter('HTMLButtonElement', 'labels'), meter: getter('HTMLMeterElement', 'labels'), progress: getter('HTMLProgressElement', 'labels'),
  output: getter('HTMLOutputElement', 'labels'),
};

// What HTML itself says: label, alt, legend, caption, title of a drawing, value of a button.
function nativeName(el, role, walk) {
  if (!isHtml(el)) return tagOf(el) === 'svg' || role === 'image' ? svgName(el, walk) : '';
  const tag = tagOf(el);
  if (labelsOf[tag] && !walk.label) {
    const text = labelText(el, tag, walk);
    if (fold(text) !== '') return text;
  }
  switch (tag) {
    case 'input': return inputName(el);
    case 'img': case 'area': return attrOr(el, 'alt');
    case 'fieldset': return firstChildName(el, 'legend', walk);
    case 'figure': return firstChildName(el, 'figcaption', walk);
    case 'table': return firstChildName(el, 'caption', walk) || attrOr(el, 'summary');
    case 'optgroup': case 'option': case 'track': return attrOr(el, 'label');
    default: return '';
  }
}

function labelText(el, tag, walk) {
  const labels = labelsOf[tag](el);
  if (!labels) return '';
  let text = '';
  for (let i = 0; i < labels.length; i++) {
    if (!isDrawn(labels[i]) && walk.hidden !== true) continue;
    text += ` ${computeName(labels[i], { of: walk.of, mute: walk.mute, visited: new PureSet(), labelled: walk.labelled, inside: true, label: true, control: el })}`;
  }
  return text;
}

function inputName(el) {
  const type = inputType(el), value = attr(el, 'value');
  switch (type) {
    case 'submit': return value !== null ? value : attrOr(el, 'title') ? '' : 'Submit';
    case 'reset': return value !== null ? value : attrOr(el, 'title') ? '' : 'Reset';
    case 'button': return value || '';
    case 'image': return attrOr(el, 'alt') || attrOr(el, 'value') || (attrOr(el, 'title') ? '' : 'Submit');
    default: return '';
  }
}

function firstChildName(el, tag, walk) {
  for (let child = firstOf(el); child; child = nextOf(child)) {
    if (typeOf(child) === ELEMENT && tagOf(child) === tag) return isDrawn(child) || walk.hidden ? computeName(child, below(walk)) : '';
  }
  return '';
}

function svgName(el, walk) {
  for (let child = firstOf(el); child; child = nextOf(child)) {
    if (typeOf(child) === ELEMENT && tagOf(child) === 'title') return rawTextOf(child);
  }
  return attrOr(el, 'xlink:title');
}

function tooltip(el, role, walk) {
  if (setHas(nameless, role) && !walk.labelled && !walk.inside && tagOf(el) !== 'iframe') return attrOr(el, 'title');
  const title = attrOr(el, 'title');
  if (fold(title) !== '') return title;
  const tag = tagOf(el);
  if (tag === 'input' || tag === 'textarea') return attrOr(el, 'placeholder') || attrOr(el, 'aria-placeholder');
  return attrOr(el, 'aria-placeholder');
}

// The texts of what is inside, apart where lines and boxes part them, with what style sheets put before and after.
function contentName(el, walk) {
  let text = generated(el, '::before');
  const children = childrenOf(el);
  for (let i = 0; i < children.length; i++) text += childName(children[i], walk);
  const owned = referred(el, 'aria-owns');
  for (let i = 0; i < owned.length; i++) text += ` ${computeName(owned[i], below(walk))} `;
  return text + generated(el, '::after');
}

const silent = words('script style noscript template head title meta link canvas datalist object audio video iframe rt rp');

function childName(node, walk) {
  if (typeOf(node) === TEXT) return dataOf(node);
  if (typeOf(node) !== ELEMENT) return '';
  const tag = tagOf(node);
  if (tag === 'br') return ' ';
  if (attr(node, 'role') === 'group' && roleOf(walk.of) === 'treeitem') return '';
  if (tag === 'iframe' && fold(attrOr(node, 'title') + attrOr(node, 'aria-label')) === '') return '';
  if (setHas(silent, tag) && tag !== 'iframe') return '';
  if (attr(node, 'aria-hidden') === 'true' && !walk.hidden) return '';
  if (!walk.hidden && !isDrawnHere(node)) return '';
  if (node === walk.control) return '';
  const part = computeName(node, below(walk));
  return isApart(node, tag) ? ` ${part} ` : part;
}

// `visibility` can return below a hidden ancestor, `display` cannot.
const isDrawnHere = (el) => checkVisibility(el) || styleOf(el).display === 'contents' ? styleOf(el).visibility === 'visible' || hasDrawnChild(el) : false;
function hasDrawnChild(el) {
  const all = query(el, '*');
  for (let i = 0; i < all.length; i++) if (styleOf(all[i]).visibility === 'visible') return true;
  return false;
}

function isApart(el, tag) {
  const display = styleOf(el).display;
  return tag === 'input' || tag === 'select' || tag === 'textarea' || !(display === 'inline' || display === 'contents');
}

const quoted = new PureRegExp('"((?:[^"\\\\]|\\\\.)*)"', 'g');
const escaped = new PureRegExp('\\\\(.)', 'g');

// Asking for generated content is dear, and it hardly ever changes but with the class: it is kept for a whole request.
let generatedBefore, generatedAfter;
function forgetGenerated() {
  generatedBefore = new PureMap();
  generatedAfter = new PureMap();
}

function generated(el, which) {
  const kept = which === '::before' ? generatedBefore : generatedAfter, look = attr(el, 'class');
  const known = mapGet(kept, el);
  if (known !== undefined && known.look === look) return known.text;
  const text = readGenerated(el, which);
  mapSet(kept, el, { look, text });
  return text;
}

// Text that `content` generates; pictures and counters say nothing, the text after a slash is their spoken form.
function readGenerated(el, which) {
  const style = computed(viewOf(documentOf(el)) || here, el, which);
  const content = style.content;
  if (!content || content === 'none' || content === 'normal') return '';
  const slash = seek(content, ' / ');
  const spoken = slash < 0 ? content : cut(content, slash + 3);
  let text = '';
  quoted.lastIndex = 0;
  for (let hit = execPattern(quoted, spoken); hit; hit = execPattern(quoted, spoken)) text += replace(hit[1], escaped, '$1');
  return style.display === 'inline' || text === '' ? text : ` ${text} `;
}

// Fields whose value must never leave the page.
const secretKinds = words('one-time-code current-password new-password cc-number cc-csc cc-exp cc-exp-month cc-exp-year cc-name cc-type cc-given-name cc-family-name cc-additional-name');
// Fields into which this script has put a secret, whatever their type: known as long as the document and our world last.
const holdsSecret = new PureWeakSet();

function isSecret(el) {
  if (weakHas(holdsSecret, el)) return true;
  if (tagOf(el) === 'input' && (inputType(el) === 'password' || lower(attrOr(el, 'type')) === 'password')) return true;
  const kinds = split(lower(trim(attrOr(el, 'autocomplete'))), spaces);
  for (let i = 0; i < kinds.length; i++) if (setHas(secretKinds, kinds[i])) return true;
  const style = tagOf(el) === 'input' ? styleOf(el).webkitTextSecurity : '';
  return Boolean(style) && style !== 'none';
}
