// Locators: compiled once per request, resolved at every look to the visible matches of the first target that has any.

// A match is {el, via, proxy?, boxes?, text?}: proxy is the thing a person would click where the element itself is hidden,
// boxes the one-character inputs that are one field, text the value that `after` found.

function compileLocator(locator) {
  if (!isArray(locator) || locator.length === 0) throw new Invalid('a locator is a list of targets');
  return { targets: mapList(locator, (target) => compileTarget(target)), shown: locator[0].shown || '' };
}

function compileTarget(target) {
  const finder = finders[target.by];
  if (!finder) throw new Invalid(`no locator of kind ${target.by}`);
  return {
    by: target.by, role: target.role, css: target.selector, xpath: target.expression, id: target.id, shown: target.shown || target.by,
    name: target.name ? compileText(target.name) : null, nth: target.nth, finder,
    within: target.within ? compileLocator(target.within) : null,
  };
}

// purpose: what the match is for (a `need`); hidden: also what cannot be seen, for explanations.
function resolve(locator, purpose, hidden = false) {
  for (let rank = 0; rank < locator.targets.length; rank++) {
    const matches = matchesOf(locator.targets[rank], purpose, hidden);
    if (matches.length) return { rank, matches };
  }
  return { rank: -1, matches: [] };
}

function matchesOf(target, purpose, hidden) {
  const roots = rootsOf(target);
  let matches = [];
  for (let i = 0; i < roots.length; i++) pushAll(matches, target.finder(target, roots[i], purpose, hidden));
  matches = tidy(matches);
  if (target.nth) return matches.length >= target.nth ? [matches[target.nth - 1]] : [];
  return matches;
}

// Where to look: the page, or each element (or frame) that `within` means.
function rootsOf(target) {
  if (!target.within) return [document];
  const scopes = resolve(target.within, 'within').matches;
  const roots = [];
  for (let i = 0; i < scopes.length; i++) {
    const inner = isFrame(scopes[i].el) ? innerDocument(scopes[i].el) : scopes[i].el;
    if (inner) push(roots, inner);
  }
  return roots;
}

function tidy(matches) {
  if (matches.length < 2) return matches;
  const byElement = new PureMap(), elements = [];
  for (let i = 0; i < matches.length; i++) {
    if (!mapHas(byElement, matches[i].el)) push(elements, matches[i].el);
    mapSet(byElement, matches[i].el, mapGet(byElement, matches[i].el) || matches[i]);
  }
  return mapList(inOrder(elements), (el) => mapGet(byElement, el));
}

let trees;
function forgetTrees() { trees = new PureMap(); }
const treesIn = (root) => remembered(trees, root, allTrees).trees;

function queryAll(root, css) {
  const found = [], all = treesIn(root);
  for (let t = 0; t < all.length; t++) {
    const list = query(all[t], css);
    for (let i = 0; i < list.length; i++) push(found, list[i]);
  }
  return found;
}

// -- which matches count -----------------------------------------------------------------------------------------------

// A match if the element can be seen, or something stands for it: the label of a check box that its page has hidden.
function asMatch(el, via, purpose, hidden, met) {
  if (isVisible(el)) return met && !isReachable(el) && !hidden ? null : { el, via };
  const proxy = standIn(el, purpose);
  if (proxy) return { el, via, proxy };
  return hidden ? { el, via, hidden: true } : null;
}

const ticked = words('checkbox radio switch menuitemcheckbox menuitemradio');

function standIn(el, purpose) {
  if (tagOf(el) !== 'input') return null;
  const type = inputType(el);
  if (type === 'file' && purpose === 'upload') return el;
  if (type !== 'checkbox' && type !== 'radio' && type !== 'file') return null;
  // Transparent, but where it is drawn it takes the click.
  if (checkVisibility(el, { visibilityProperty: true }) && isLarge(el) && !isClipped(el) && isDrawn(parentOf(el))) return el;
  const labels = labelsOf.input(el);
  for (let i = 0; labels && i < labels.length; i++) if (isVisible(labels[i])) return labels[i];
  return null;
}

const isLarge = (el) => { const rect = rectOf(el); return rect.width > 4 && rect.height > 4; };

function collect(elements, test, via, purpose, hidden, met) {
  const matches = [];
  for (let i = 0; i < elements.length; i++) {
    const match = test(elements[i]) ? asMatch(elements[i], via, purpose, hidden, met) : null;
    if (match) push(matches, match);
  }
  return matches;
}

// -- the kinds ---------------------------------------------------------------------------------------------------------

const finders = {
  __proto__: null,
  role: findByRole, control: findControl, field: findField, label: findLabelled, placeholder: findPlaceholder, text: findText,
  after: findAfter, 'test-id': findTestId, css: findCss, 'x-path': findXPath, xpath: findXPath, testid: findTestId, frame: findFrame,
};

function findCss(target, root, purpose, hidden) {
  const found = attempt(() => queryAll(root, target.css), `not a CSS selector: ${target.css}`);
  return oneOfBoxes(collect(found, () => true, '', purpose, hidden));
}

function findTestId(target, root, purpose, hidden) {
  return oneOfBoxes(collect(queryAll(root, '[data-testid]'), (el) => attr(el, 'data-testid') === target.id, '', purpose, hidden));
}

function findXPath(target, root, purpose, hidden) {
  const found = [], all = treesIn(root);
  for (let t = 0; t < all.length; t++) {
    if (typeOf(all[t]) === FRAGMENT) continue;
    const doc = typeOf(all[t]) === DOCUMENT ? all[t] : documentOf(all[t]);
    attempt(() => {
      const result = evaluateXPath(doc, target.xpath, all[t], null, 7, null);
      for (let i = 0; i < result.snapshotLength; i++) {
        const node = result.snapshotItem(i);
        if (isElement(node) && (all[t] === doc || isInside(node, all[t]))) push(found, node);
      }
    }, `not an XPath expression that finds elements: ${target.xpath}`);
  }
  return oneOfBoxes(collect(found, () => true, '', purpose, hidden));
}
const evaluateXPath = method('Document', 'evaluate');

function findFrame(target, root, purpose, hidden) {
  const test = (el) => target.name.test(nameOf(el)) || target.name.test(attrOr(el, 'name')) || target.name.test(attrOr(el, 'title')) ||
    target.name.test(attrOr(el, 'src')) || (idOf(el) !== '' && target.name.test(idOf(el)));
  return collect(queryAll(root, 'iframe,frame'), test, '', purpose, hidden);
}

// Tags that may have a role without saying so; for others only `[role]` and, where nothing is known, everything is asked.
const roleTags = {
  __proto__: null,
  button: 'button,input,summary', link: 'a,area', checkbox: 'input', radio: 'input', switch: 'input', textbox: 'input,textarea', searchbox: 'input',
  heading: 'h1,h2,h3,h4,h5,h6', dialog: 'dialog', alertdialog: '', tab: '', menuitem: '', menuitemcheckbox: '', menuitemradio: '',
  option: 'option', row: 'tr', image: 'img,svg,image', cell: 'td', gridcell: 'td', columnheader: 'th', rowheader: 'th', combobox: 'select,input',
  listbox: 'select,datalist', list: 'ul,ol,menu', listitem: 'li', table: 'table', alert: '', alertdialog_: '', status: 'output', tree: '', treeitem: '',
  tablist: '', tabpanel: '', toolbar: '', tooltip: '', menu: '', menubar: '', grid: 'table', navigation: 'nav', main: 'main', form: 'form',
  region: 'section', slider: 'input', spinbutton: 'input', progressbar: 'progress', group: 'fieldset,details,optgroup,address,hgroup,input',
};

const sameRoles = { __proto__: null, img: ['image'], dialog: ['dialog', 'alertdialog'], cell: ['cell', 'gridcell'], presentation: ['none'] };

function findByRole(target, root, purpose, hidden) {
  const wanted = sameRoles[target.role] || [target.role];
  const tags = roleTags[wanted[0]];
  const css = tags === undefined ? '*' : tags === '' ? '[role]' : `${tags},[role]`;
  const test = (el) => hasRole(el, wanted) && (!target.name || target.name.test(roleName(el, wanted[0])));
  return oneOfBoxes(collect(queryAll(root, css), test, 'name', purpose, hidden, true));
}

// A row is known by what it says, if its author gives it no name: of themselves the browsers name different ones. A dialog that
// nobody has named is known by its heading, or else by what it says too.
function roleName(el, role) {
  if (role === 'row' || role === 'listitem' || role === 'definition') return authorName(el) || (isVisible(el) ? visibleText(el) : '');
  const name = nameOf(el);
  if (name !== '' || role !== 'dialog') return name;
  const headings = query(el, 'h1,h2,h3,h4,h5,h6,[role=heading]');
  for (let i = 0; i < headings.length; i++) if (isVisible(headings[i])) return nameOf(headings[i]);
  return isVisible(el) ? brief(visibleText(el), 400) : '';
}

const authorName = (el) => fold(givenName(el, newWalk(el, true))) || fold(attrOr(el, 'title'));

const controls = words('button link tab menuitem menuitemcheckbox menuitemradio checkbox radio switch option treeitem combobox');
const controlCss = 'a,area,button,input,select,summary,option,[role]';

// What a person would press: something with such a role and name; else anything that looks clickable and says so.
function findControl(target, root, purpose, hidden) {
  const matches = collect(queryAll(root, controlCss), (el) => setHas(controls, roleOf(el)) && target.name.test(nameOf(el)), 'name', purpose, hidden, true);
  return matches.length ? matches : findClickable(target, root, purpose);
}

function findClickable(target, root, purpose) {
  const texts = findText(target, root, purpose);
  const found = [];
  for (let i = 0; i < texts.length; i++) {
    const el = closest(texts[i].el, isClickable);
    if (el && isReachable(el) && (!target.name.exact || target.name.test(visibleText(el)))) push(found, el);
  }
  return mapList(innermost(inOrder(found)), (el) => ({ el, via: 'text' }));
}

function isClickable(el) {
  if (hasAttribute(el, 'onclick') || tagOf(el) === 'label') return true;
  if (hasAttribute(el, 'tabindex') && tagOf(el) !== 'body') return true;
  return styleOf(el).cursor === 'pointer';
}

function innermost(elements) {
  return filterList(elements, (el) => !someOf(elements, (other) => other !== el && isInside(other, el)));
}

function findText(target, root) {
  const flow = flowOf(root), hits = target.name.hits(flow), found = [];
  for (let i = 0; i < hits.length; i++) {
    const el = elementAround(flow, hits[i][0], hits[i][1]);
    if (!isStretchSeen(flow, hits[i][0], hits[i][1])) continue;
    if (!isElement(root) || isInside(el, root)) push(found, el);
  }
  const kept = target.name.exact ? filterList(found, (el) => target.name.test(visibleText(el))) : found;
  return mapList(innermost(inOrder(kept)), (el) => ({ el, via: 'text' }));
}
