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
// To Firefox these too, beginning with the mark of a list's item.
const fromContentInFirefox = words('listitem definition'), tagsFromContentInFirefox = words('label legend summary');
// What stands for itself in the middle of a name, and adds nothing to it but a name of its own.
const walled = words('alertdialog application article banner blockquote complementary contentinfo dialog document figure form listbox ' +
  'main marquee menu menubar navigation radiogroup search separator status tablist tabpanel toolbar tree treegrid');
// Roles to which ARIA grants no name: Firefox names them by their title all the same, Chromium these elements only.
const nameless = words('caption code definition deletion emphasis generic insertion mark none paragraph strong subscript superscript time');
const titled = words('abbr audio canvas dl embed footer header label legend object ruby video');

// walk: { of: the element asked for, visited, labelled: within aria-labelledby, inside: below the element asked for,
//         label: within a native label, whose own control counts by its value no more than any other }
function computeName(el, walk) {
  if (setHas(walk.visited, el)) return '';
  setAdd(walk.visited, el);
  const referring = referringName(el, walk);
  if (referring !== '') return referring;
  const role = roleOf(el), value = walk.inside || walk.labelled ? embeddedValue(el, role, walk) : null;
  if (value !== null && fold(value) !== '') return value;
  const label = ariaLabel(el);
  if (label !== '') return label;
  const native = role === 'none' ? '' : nativeName(el, role, walk);
  if (native !== '') return native;
  // An empty field has no content but its value, which may be one that is not told.
  if (value === null && (isNamedByContent(el, role) || (walk.inside ? !setHas(walled, role) : walk.labelled))) {
    const content = contentName(el, walk);
    if (fold(content) !== '') return content;
  }
  return tooltip(el, role, walk);
}

// What ARIA says, before all else; of a control in the middle of a name its value comes between the two.
const givenName = (el, walk) => referringName(el, walk) || ariaLabel(el);

function referringName(el, walk) {
  const labels = walk.labelled ? [] : referred(el, 'aria-labelledby');
  let text = '';
  for (let i = 0; i < labels.length; i++) {
    const part = computeName(labels[i], { of: walk.of, mute: walk.mute, visited: new PureSet(), labelled: true, inside: false, label: false, hidden: isHiddenFromAll(labels[i]) });
    if (fold(part) !== '') text += ` ${part}`;
  }
  return text;
}

function ariaLabel(el) {
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

// A control in the middle of a label counts by its value; null for what is no such control.
function embeddedValue(el, role, walk) {
  if (el === walk.of) return null;
  if (walk.mute && (hasValue(el) || role === 'textbox' || role === 'searchbox' || role === 'combobox') && tagOf(el) !== 'select') return '';
  switch (role) {
    case 'textbox': case 'searchbox':
      if (isSecret(el) || setHas(pickers, inputType(el))) return '';
      return hasValue(el) ? valueOf(el) : contentName(el, walk);
    case 'combobox': case 'listbox': return chosenText(el, role, walk);
    case 'slider': case 'spinbutton': case 'progressbar': case 'scrollbar': case 'meter':
      return attr(el, 'aria-valuetext') || attr(el, 'aria-valuenow') || (hasValue(el) ? valueOf(el) : null);
    default: return null;
  }
}

// Days and hours are chosen, not written, and are no text to either browser.
const pickers = words('date time month week datetime-local');
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

function chosenText(el, role, walk) {
  if (tagOf(el) === 'select') {
    const chosen = optionsOf(el);
    let text = '';
    for (let i = 0; i < chosen.length; i++) text += ` ${computeName(chosen[i], below(walk))}`;
    return text;
  }
  if (tagOf(el) === 'input') return inputValue(el);
  const chosen = query(el, '[role=option][aria-selected=true]');
  if (!chosen.length) return role === 'combobox' ? contentName(el, walk) : '';
  let text = '';
  for (let i = 0; i < chosen.length; i++) text += ` ${computeName(chosen[i], below(walk))}`;
  return text;
}

function isNamedByContent(el, role) {
  if (setHas(fromContent, role)) return true;
  if (role === 'row') return isNamedRow(el);
  return isFirefox && (setHas(fromContentInFirefox, role) || setHas(tagsFromContentInFirefox, tagOf(el)));
}

// Cells name the rows of grids in Chromium, those that are called rows in so many words in Firefox.
function isNamedRow(el) {
  if (isFirefox) return attr(el, 'role') !== null;
  const grid = closest(el, isTable);
  return grid !== null && roleOf(grid) !== 'table';
}

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
    text += ` ${computeName(labels[i], { of: walk.of, mute: walk.mute, visited: walk.inside ? walk.visited : new PureSet(), labelled: walk.labelled, inside: true, label: true, control: el })}`;
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
  const title = attrOr(el, 'title'), tag = tagOf(el);
  if (setHas(nameless, role) && !walk.labelled && !walk.inside && tag !== 'iframe') return isFirefox || setHas(titled, tag) ? title : '';
  if (fold(title) !== '') return title;
  const placeholder = tag === 'input' || tag === 'textarea' ? attrOr(el, 'placeholder') : '';
  return placeholder || (isFirefox ? '' : attrOr(el, 'aria-placeholder'));
}

// The texts of what is inside, apart where lines and boxes part them, with what style sheets put before and after.
function contentName(el, walk) {
  let text = (isFirefox ? listMark(el, walk) : '') + generated(el, '::before');
  const children = childrenOf(el);
  for (let i = 0; i < children.length; i++) text += childName(children[i], walk);
  const owned = referred(el, 'aria-owns');
  for (let i = 0; i < owned.length; i++) text += ` ${computeName(owned[i], below(walk))} `;
  return text + generated(el, '::after');
}

// The mark before an item of a list, in the names of items alone: nobody would write it into a flow as part of a menu's line.
function listMark(el, walk) {
  if (walk.mute || tagOf(el) !== 'li' || !setHas(fromContentInFirefox, roleOf(walk.of))) return '';
  const style = styleOf(el);
  if (style.display !== 'list-item' || style.listStyleType === 'none') return '';
  const kind = style.listStyleType;
  return bullets[kind] || (kind[0] === '"' ? cut(kind, 1, kind.length - 1) : `${ordinal(el)}. `);
}

const bullets = { __proto__: null, disc: '• ', circle: '◦ ', square: '▪ ' };

function ordinal(el) {
  const list = parentOf(el);
  let number = +attrOr(list, 'start') || 1;
  for (let item = firstOf(list); item; item = nextOf(item)) {
    if (typeOf(item) !== ELEMENT || tagOf(item) !== 'li') continue;
    number = +attrOr(item, 'value') || number;
    if (item === el) break;
    number++;
  }
  return number;
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
  return isApart(node, tag) || (isFirefox && setHas(cellRoles, roleOf(node))) ? ` ${part} ` : part;
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
