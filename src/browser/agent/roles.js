// ARIA roles: written ones and those that HTML implies (HTML-AAM), as the browsers compute them.

let roles;
function forgetRoles() { roles = new PureMap(); }

const known = words('alert alertdialog application article banner blockquote button caption cell checkbox code columnheader ' +
  'combobox complementary contentinfo definition deletion dialog document emphasis feed figure form generic grid ' +
  'gridcell group heading image insertion link list listbox listitem log main mark marquee math menu menubar menuitem ' +
  'menuitemcheckbox menuitemradio meter navigation none note option paragraph presentation progressbar radio radiogroup region ' +
  'row rowgroup rowheader scrollbar search searchbox separator slider spinbutton status strong subscript superscript switch tab ' +
  'table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid treeitem ' +
  'graphics-document graphics-object graphics-symbol suggestion comment');

const aliases = { __proto__: null, img: 'image', presentation: 'none', directory: 'list' };

const simple = {
  __proto__: null,
  address: 'group', article: 'article', blockquote: 'blockquote', button: 'button', caption: 'caption', code: 'code',
  datalist: 'listbox', dd: 'definition', del: 'deletion', details: 'group', dfn: 'term', dialog: 'dialog', dt: 'term',
  em: 'emphasis', fieldset: 'group', figure: 'figure', h1: 'heading', h2: 'heading', h3: 'heading', h4: 'heading',
  h5: 'heading', h6: 'heading', hgroup: 'group', hr: 'separator', ins: 'insertion', main: 'main', mark: 'mark', math: 'math',
  menu: 'list', meter: 'meter', nav: 'navigation', ol: 'list', optgroup: 'group', option: 'option', output: 'status',
  p: 'paragraph', progress: 'progressbar', s: 'deletion', search: 'search', strong: 'strong', sub: 'subscript',
  summary: 'button', sup: 'superscript', table: 'table', tbody: 'rowgroup', textarea: 'textbox', tfoot: 'rowgroup',
  thead: 'rowgroup', time: 'time', ul: 'list',
};

const inputs = {
  __proto__: null,
  button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio', range: 'slider',
  number: 'spinbutton', color: 'button', file: 'button', 
};

const globalAttributes = ['aria-atomic', 'aria-braillelabel', 'aria-busy', 'aria-controls', 'aria-current', 'aria-describedby',
  'aria-description', 'aria-details', 'aria-dropeffect', 'aria-flowto', 'aria-grabbed', 'aria-keyshortcuts', 'aria-label', 'aria-labelledby',
  'aria-live', 'aria-owns', 'aria-relevant', 'aria-roledescription'];

// The role that this very browser tells; and the plain one, which is the same in both: HTML-AAM's, and a person's where it has none.
const roleOf = (el) => remembered(roles, el, findRoles).own;
const plainRole = (el) => remembered(roles, el, findRoles).plain;

// Either role will do for a locator, so that one flow finds the same elements in both browsers.
const hasRole = (el, wanted) => has(wanted, plainRole(el)) || has(wanted, roleOf(el));

function findRoles(el) {
  const written = attr(el, 'role');
  const plain = (written !== null && writtenRole(el, written)) || impliedRole(el);
  return { plain, own: ownRole(el, plain) };
}

function writtenRole(el, written) {
  const tokens = split(lower(trim(written)), spaces);
  for (let i = 0; i < tokens.length; i++) {
    const role = aliases[tokens[i]] || tokens[i];
    if (!setHas(known, role)) continue;
    if (role === 'none' && resistsNone(el)) continue;
    if ((role === 'form' || role === 'region') && !hasGivenName(el)) continue;
    return role;
  }
  return null;
}

// What can be focused or says something of itself in ARIA does not lose its role.
function resistsNone(el) {
  if (isFocusable(el)) return true;
  for (let i = 0; i < globalAttributes.length; i++) if (hasAttribute(el, globalAttributes[i])) return true;
  return false;
}

const hasGivenName = (el) => fold(attrOr(el, 'aria-label')) !== '' || referred(el, 'aria-labelledby').length > 0 || fold(attrOr(el, 'title')) !== '';

function isFocusable(el) {
  if (hasAttribute(el, 'tabindex') && attr(el, 'tabindex') !== '') return true;
  const tag = tagOf(el);
  if (tag === 'a' || tag === 'area') return hasAttribute(el, 'href');
  if (tag === 'input') return attr(el, 'type') !== 'hidden' && !hasAttribute(el, 'disabled');
  if (tag === 'button' || tag === 'select' || tag === 'textarea') return !hasAttribute(el, 'disabled');
  if (tag === 'summary' || tag === 'iframe') return true;
  return isEditingHost(el);
}

function isEditingHost(el) {
  const value = attr(el, 'contenteditable');
  return value !== null && lower(value) !== 'false';
}

function impliedRole(el) {
  if (!isHtml(el)) return svgRole(el);
  const tag = tagOf(el);
  switch (tag) {
    case 'a': case 'area': return hasAttribute(el, 'href') || hasAttribute(el, 'onclick') ? 'link' : 'generic';
    case 'aside': return isSectioned(el, true) && !hasGivenName(el) ? 'generic' : 'complementary';
    case 'footer': return isSectioned(el) ? 'generic' : 'contentinfo';
    case 'header': return isSectioned(el) ? 'generic' : 'banner';
    case 'form': return 'form';
    case 'section': return hasGivenName(el) ? 'region' : 'generic';
    case 'img': return isDecoration(el) ? 'none' : 'image';
    case 'input': return inputRole(el);
    case 'li': return isListed(el) ? 'listitem' : 'generic';
    case 'select': return hasAttribute(el, 'multiple') || +attrOr(el, 'size') > 1 ? 'listbox' : 'combobox';
    case 'summary': return isSummary(el) ? 'button' : 'generic';
    case 'tr': case 'td': case 'th': case 'tbody': case 'thead': case 'tfoot': case 'caption': return tableRole(el, tag);
    default: return simple[tag] || (setHas(phrasing, tag) && !isTold(el) ? 'none' : 'generic');
  }
}

// Where the browsers part: what each leaves out of its tree, and things for which ARIA's words are young or none.
function ownRole(el, plain) {
  if (attr(el, 'role') !== null) return plain;
  switch (tagOf(el)) {
    case 'svg': return isFirefox && plain === 'image' ? 'graphics-document' : plain;
    case 'audio': case 'video': return isFirefox ? 'group' : plain;
    case 'q': return isFirefox ? 'generic' : plain;
    case 'a': case 'li': return isFirefox || plain !== 'generic' || isTold(el) || hasAttribute(el, 'name') ? plain : 'none';
    case 'header': case 'footer': return isFirefox || plain !== 'generic' ? plain : `section${tagOf(el)}`;
    case 'thead': case 'tfoot': return isFirefox && !isTold(el) ? 'none' : plain;
    case 'tbody': return isTold(el) ? plain : 'none';
    default: return plain;
  }
}

// What is said of an element keeps it in the tree; to Chromium even an id says something.
const isTold = (el) => resistsNone(el) || hasAttribute(el, 'title') || (!isFirefox && (idOf(el) !== '' || hasAttribute(el, 'aria-disabled')));

// Words in a sentence that are nothing but words: the browsers leave such elements out of their trees.
const phrasing = words('cite kbd samp var u bdi bdo data span b i small q ruby');

function inputRole(el) {
  const type = inputType(el);
  if (type === 'hidden') return 'generic';
  const role = inputs[type];
  if (role) return role;
  if (hasAttribute(el, 'list') && (type === 'text' || type === 'search' || type === 'email' || type === 'tel' || type === 'url')) return 'combobox';
  return type === 'search' ? 'searchbox' : 'textbox';
}

const rawType = getter('HTMLInputElement', 'type');
const inputType = (el) => (tagOf(el) === 'input' ? rawType(el) : '');

const isDecoration = (el) => attr(el, 'alt') === '' && !resistsNone(el) && !hasAttribute(el, 'title');

function isListed(el) {
  const parent = parentOf(el);
  return parent !== null && roleOf(parent) === 'list';
}

// header and footer are landmarks of the page only, not of an article or section in it.
const sections = words('article aside main nav section');
const sectionRoles = words('article complementary main navigation region');
function isSectioned(el, insideMain = false) {
  for (let at = parentOf(el); at; at = parentOf(at)) {
    const role = attr(at, 'role');
    if (insideMain && roleOf(at) === 'main') continue;
    if (role ? setHas(sectionRoles, role) : setHas(sections, tagOf(at))) return true;
  }
  return false;
}

function isSummary(el) {
  const parent = parentNodeOf(el);
  if (!parent || typeOf(parent) !== ELEMENT || tagOf(parent) !== 'details') return false;
  for (let child = firstOf(parent); child; child = nextOf(child)) {
    if (typeOf(child) === ELEMENT && tagOf(child) === 'summary') return child === el;
  }
  return false;
}

function tableRole(el, tag) {
  const table = closest(parentOf(el) || el, (it) => tagOf(it) === 'table');
  const whole = table ? roleOf(table) : null;
  if (whole !== 'table' && whole !== 'grid' && whole !== 'treegrid') return tag === 'td' || tag === 'th' || tag === 'caption' ? 'generic' : 'none';
  if (tag === 'tr') return 'row';
  if (tag === 'caption') return 'caption';
  if (tag === 'td') return whole === 'table' ? 'cell' : 'gridcell';
  if (tag === 'th') return headerRole(el, whole);
  return 'rowgroup';
}

function headerRole(el, whole) {
  const scope = lower(attrOr(el, 'scope'));
  if (scope === 'row' || scope === 'rowgroup') return 'rowheader';
  if (scope === 'col' || scope === 'colgroup') return 'columnheader';
  const row = parentOf(el);
  const group = row ? parentOf(row) : null;
  if (group && tagOf(group) === 'thead') return 'columnheader';
  let data = 0;
  for (let cell = row && firstOf(row); cell; cell = nextOf(cell)) if (typeOf(cell) === ELEMENT && tagOf(cell) === 'td') data++;
  return data ? 'rowheader' : whole === 'table' || row ? 'columnheader' : 'gridcell';
}

function svgRole(el) {
  switch (tagOf(el)) {
    case 'svg': return 'image';
    case 'a': return hasAttribute(el, 'href') || hasAttribute(el, 'xlink:href') ? 'link' : 'generic';
    case 'image': return 'image';
    case 'math': return 'math';
    default: return 'generic';
  }
}
