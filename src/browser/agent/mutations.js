// The changes themselves (portals.md §1.6): each alters a copy as it likes and answers whether there was anything to change.

const mutations = {
  __proto__: null,
  'ids-renamed': (scene) => ids(scene, (id, number) => `campo-${number}`),
  'ids-random': (scene) => ids(scene, (id) => `${id}-x7f3q9`),
  'classes-hashed': classes,
  'names-renamed': fieldNamesChanged,
  reworded: (scene) => said(scene.bearers, (text) => otherWords(text, scene)),
  recased: (scene) => said(scene.bearers, otherLetters),
  'other-tag': otherTag,
  'other-button': otherButton,
  'in-shadow': inShadow,
  reordered,
  'hidden-copy': hiddenCopies,
  decoy,
  placeholder: placeholderForLabel,
  'around-renamed': aroundRenamed,
  wrapped,
};

// -- identifiers -----------------------------------------------------------------------------------------------------------

const references = ['for', 'form', 'list', 'headers', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns', 'aria-activedescendant',
  'aria-details', 'aria-errormessage', 'aria-flowto'];

const everyIn = (root) => { const list = [root], below = query(root, '*'); for (let i = 0; i < below.length; i++) push(list, below[i]); return list; };

function ids(scene, name) {
  if (idOf(scene.el) === '' && !scene.markup) return false;
  return renameIds(scene.part, name);
}

// With everything that refers to them.
function renameIds(root, name) {
  const elements = everyIn(root), fresh = new PureMap();
  for (let i = 0; i < elements.length; i++) if (idOf(elements[i]) !== '') mapSet(fresh, idOf(elements[i]), name(idOf(elements[i]), i));
  const renamed = (id) => mapGet(fresh, id) || id;
  for (let i = 0; i < elements.length; i++) {
    const el = elements[i];
    if (idOf(el) !== '') setAttr(el, 'id', renamed(idOf(el)));
    for (let r = 0; r < references.length; r++) {
      if (hasAttribute(el, references[r])) setAttr(el, references[r], joinList(mapList(split(trim(attr(el, references[r])), spaces), renamed), ' '));
    }
  }
  return true;
}

function classes(scene) {
  if (fold(attrOr(scene.el, 'class')) === '' && !scene.markup) return false;
  renameClasses(scene.part, hashed);
  return true;
}

function renameClasses(root, name) {
  freeze(root);
  const elements = filterList(everyIn(root), (el) => hasAttribute(el, 'class'));
  for (let i = 0; i < elements.length; i++) setAttr(elements[i], 'class', joinList(mapList(split(trim(attr(elements[i], 'class')), spaces), name), ' '));
}

// Whatever has changed, the page was made again, and what a machine names is named anew: hashes, counters.
function madeAnew(root) {
  const anew = (word) => (isGenerated(word) ? hashed(`${word}-`) : word), elements = everyIn(root);
  if (someOf(elements, (el) => isGenerated(idOf(el)))) renameIds(root, anew);
  if (someOf(elements, (el) => someOf(split(attrOr(el, 'class'), spaces), isGenerated))) renameClasses(root, anew);
}

// As drift/ids.rs tells it.
function isGenerated(id) {
  return someOf(split(replace(id, camel, '$1 '), apart), (token) => {
    const letters = replace(token, everyDigit, ''), digits = token.length - letters.length;
    return digits >= 3 || execPattern(innerDigit, token) !== null || (letters.length >= 5 && execPattern(vowel, letters) === null);
  });
}
const camel = new PureRegExp('(\\p{Ll})(?=\\p{Lu})', 'gu'), apart = new PureRegExp('[^\\p{L}\\p{N}]+', 'u'), everyDigit = new PureRegExp('[0-9]', 'g');
const innerDigit = new PureRegExp('[0-9][^0-9]'), vowel = new PureRegExp('[aeiouy]', 'i');

function hashed(word) {
  let sum = 7;
  for (let i = 0; i < word.length; i++) sum = (sum * 31 + codeAt(word, i)) % 1679616;
  return `c${sum.toString(36)}q`;
}

// What keeps every element where it is, and seen or not, when its style sheet no longer means it.
const kept = split('display position float clear top right bottom left width height min-width min-height max-width max-height margin-top margin-right ' +
  'margin-bottom margin-left padding-top padding-right padding-bottom padding-left border-top-width border-right-width border-bottom-width ' +
  'border-left-width box-sizing overflow-x overflow-y visibility opacity clip clip-path transform z-index font-size font-family font-weight ' +
  'line-height letter-spacing white-space text-align vertical-align flex-direction flex-wrap flex-grow flex-shrink flex-basis justify-content ' +
  'align-items align-self order row-gap column-gap grid-template-columns grid-template-rows list-style-type cursor pointer-events', ' ');

function freeze(root) {
  const elements = filterList(everyIn(root), isHtml);
  const styles = mapList(elements, (el) => { const style = computed(viewOf(documentOf(el)) || here, el); return mapList(kept, (name) => readStyle(style, name)); });
  for (let i = 0; i < elements.length; i++) {
    const style = inlineStyle(elements[i]);
    for (let k = 0; k < kept.length; k++) setStyle(style, kept[k], styles[i][k], '');
  }
}

function fieldNamesChanged(scene) {
  if (!hasAttribute(scene.el, 'name') && !scene.markup) return false;
  const fields = query(scene.part, 'input[name],select[name],textarea[name],button[name],form[name]');
  for (let i = 0; i < fields.length; i++) setAttr(fields[i], 'name', `f.${attr(fields[i], 'name')}`);
  return true;
}

// -- words -----------------------------------------------------------------------------------------------------------------

const wording = ({ node, attribute }) => (attribute ? attr(node, attribute) : dataOf(node));
const say = ({ node, attribute }, text) => (attribute ? setAttr(node, attribute, text) : write(node, text));

function said(bearers, change) {
  let changed = false;
  for (let i = 0; i < bearers.length; i++) {
    const before = wording(bearers[i]), after = change(before);
    if (before === after) continue;
    say(bearers[i], after);
    changed = true;
  }
  return changed;
}

const small = words('a an the of for to your new il lo la le i gli un uno una di del della dei per con tuo tua alle al');
const isEnglish = ({ el, doc }) => { const told = closest(el, (at) => hasAttribute(at, 'lang')) || rootElement(doc); return seek(lower(attrOr(told, 'lang')), 'en') === 0; };

// The same meaning: a small word less where there is one among others, else one more.
function otherWords(text, scene) {
  const parts = split(trim(text), spaces), at = indexIn(mapList(parts, (part) => setHas(small, lower(part))), true, 1);
  if (at > 0) return joinList(filterList(parts, (part, i) => i !== at), ' ');
  if (parts.length > 1) return `${parts[0]} ${isEnglish(scene) ? 'the' : 'la'} ${joinList(sliceList(parts, 1), ' ')}`;
  return tailed(text, isEnglish(scene) ? ' here' : ' qui');
}

// Before the colon, star or arrow at its end.
const tailed = (text, more) => replace(text, ending, (tail) => `${more}${tail}`);
const ending = new PureRegExp('[^\\p{L}\\p{N}]*$', 'u');

// Capitals for small letters or the other way round, È or E', white space that does not break.
function otherLetters(text) {
  const bare = replace(replace(normalise(text, 'NFD'), marks, "'"), everySpace, '\u00a0');
  return bare === upper(bare) ? lower(bare) : upper(bare);
}
const upper = method('String', 'toUpperCase');

function placeholderForLabel(scene) {
  const { el, bearers } = scene, texts = filterList(bearers, (bearer) => bearer.attribute === undefined || bearer.attribute === 'aria-label');
  if (!texts.length || (tagOf(el) !== 'textarea' && !setHas(typed, inputType(el)))) return false;
  const label = fold(joinList(mapList(texts, wording), ' '));
  said(texts, () => '');
  setAttr(el, 'placeholder', replace(label, ending, ''));
  return true;
}

// The dialog, form or part of the page in which it stands, and the heading above it.
function aroundRenamed(scene) {
  const { el, part, bearers } = scene, titles = [];
  for (let at = parentOf(el); at && isInside(at, part); at = parentOf(at)) {
    if (!setHas(enclosing, roleOf(at)) && tagOf(at) !== 'form' && tagOf(at) !== 'fieldset') continue;
    pushAll(titles, labelledBy(at));
    if (fold(attrOr(at, 'aria-label')) !== '') push(titles, { node: at, attribute: 'aria-label' });
    const legends = query(at, 'legend');
    if (legends.length) pushAll(titles, textsIn(legends[0]));
  }
  const above = filterList(queryAll(part, 'h1,h2,h3,h4,h5,h6,[role=heading]'), (it) => compareOrder(it, el) < 0 && !isInside(el, it) && isVisible(it));
  if (above.length) pushAll(titles, textsIn(above[above.length - 1]));
  const others = filterList(titles, (title) => !someOf(bearers, (bearer) => bearer.node === title.node) && !isInside(title.node, el));
  return said(others, () => (isEnglish(scene) ? 'Other business' : 'Altre operazioni'));
}

// -- tags ------------------------------------------------------------------------------------------------------------------

const retagged = words('button link tab menuitem heading');
const formOnly = words('type value href name disabled form formaction src alt');

// A part of the page drawn by script instead of the element that HTML has for it.
function otherTag(scene) {
  const { el, doc } = scene, role = plainRole(el);
  if (!setHas(retagged, role)) return false;
  const fresh = newElement(doc, tagOf(el) === 'div' ? 'span' : 'div');
  takeOver(scene, fresh, (name) => !setHas(formOnly, name));
  setAttr(fresh, 'role', role);
  if (role === 'heading') setAttr(fresh, 'aria-level', '2');
  else setAttr(fresh, 'tabindex', '0');
  return true;
}

function otherButton(scene) {
  const { el, doc } = scene, isInput = setHas(words('submit button'), inputType(el));
  if (!isInput && tagOf(el) !== 'button') return false;
  const fresh = newElement(doc, isInput ? 'button' : 'input');
  setAttr(fresh, 'type', attrOr(el, 'type') || 'submit');
  takeOver(scene, fresh, (name) => name !== 'type' && name !== 'value');
  return true;
}

// The new element in the old one's place, with its attributes and what can be read in it.
function takeOver(scene, fresh, keeps) {
  const { el, doc } = scene, names = attributeNames(el), text = tagOf(el) === 'input' ? nameOf(el) : fold(rawTextOf(el));
  for (let i = 0; i < names.length; i++) if (keeps(names[i])) setAttr(fresh, names[i], attr(el, names[i]));
  if (tagOf(fresh) === 'input') setAttr(fresh, 'value', text);
  else if (tagOf(el) === 'input') putLast(fresh, newText(doc, text));
  else for (let child = firstOf(el); child; child = firstOf(el)) putLast(fresh, child);
  exchange(parentNodeOf(el), fresh, el);
  scene.el = fresh;
}

// -- places ----------------------------------------------------------------------------------------------------------------

// They stand in nothing but what HTML lets them stand in.
const bound = words('tr td th tbody thead tfoot caption dt dd li option optgroup legend summary');

function inShadow(scene) {
  const { el, group, bearers, doc } = scene, inner = setHas(bound, tagOf(group)) ? el : group;
  if (!isHtml(inner) || setHas(bound, tagOf(inner))) return false;
  // Its label would no longer be its label: no portal would leave it outside.
  const labelled = hasAttribute(el, 'aria-labelledby') || (labelsOf[tagOf(el)] && labelsOf[tagOf(el)](el).length > 0);
  if (labelled && someOf(bearers, ({ attribute, node }) => !attribute && !isInside(node, inner))) return false;
  freeze(inner);
  const host = newElement(doc, 'div');
  setStyle(inlineStyle(host), 'display', 'contents', '');
  exchange(parentNodeOf(inner), host, inner);
  putLast(attachTree(host, { mode: 'open' }), inner);
  return true;
}

function reordered(scene) {
  for (let at = scene.group; at !== scene.part; at = parentNodeOf(at)) {
    const parent = parentNodeOf(at), siblings = isElement(parent) ? filterList(childNodes(parent), isElement) : [];
    if (siblings.length < 2) continue;
    for (let i = siblings.length - 1; i >= 0; i--) putLast(parent, siblings[i]);
    return true;
  }
  return false;
}

// One before it, as templates are, and one after it that bears the same ids.
function hiddenCopies({ group }) {
  const parent = parentNodeOf(group), before = copyOf(group, new PureMap()), after = copyOf(group, new PureMap());
  renameIds(before, (id) => `${id}-template`);
  putBefore(parent, before, group);
  putBefore(parent, after, nextOf(group));
  hide(before);
  hide(after);
  return true;
}

// As portals.md has it: «Rinnova» beside «Rinnova e revoca il precedente».
function decoy(scene) {
  const { group, bearers } = scene, pairs = new PureMap(), texts = filterList(bearers, ({ attribute }) => attribute === undefined);
  if (!bearers.length) return false;
  const other = copyOf(group, pairs), more = isEnglish(scene) ? ' and revoke the one before' : ' e revoca il precedente';
  for (let i = 0; i < bearers.length; i++) {
    const { node, attribute } = bearers[i], copied = mapGet(pairs, node);
    if (copied && (attribute || node === texts[texts.length - 1].node)) say({ node: copied, attribute }, tailed(wording(bearers[i]), more));
  }
  renameIds(other, (id) => `${id}-2`);
  putBefore(parentNodeOf(group), other, group);
  return true;
}

const tables = words('table tbody thead tfoot tr dl ul ol select optgroup menu');

// The page in another language, by its own word, and a layout with one more box around everything near.
function wrapped(scene) {
  const { group, part, doc } = scene;
  setAttr(part, 'lang', isEnglish(scene) ? 'it' : 'en');
  let near = group === part ? part : parentNodeOf(group);
  while (near !== part && isElement(near) && setHas(tables, tagOf(near))) near = parentNodeOf(near);
  if (!isElement(near) || setHas(tables, tagOf(near)) || isInside(near, scene.el)) return false;
  const box = newElement(doc, 'div');
  for (let child = firstOf(near); child; child = firstOf(near)) putLast(box, child);
  putLast(near, box);
  return true;
}
