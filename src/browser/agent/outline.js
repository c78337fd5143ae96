// The page in outline: what one can do and agree to on it, in reading order; and the same things one by one, with all that they
// are known by, for finding one of them again. The shapes are src/record/outline.rs and fingerprint.rs.

const outlined = 'a,area,button,input,select,textarea,summary,h1,h2,h3,h4,h5,h6,dialog,iframe,frame,img,[role],[contenteditable],[onclick]';
const outlinedRoles = words('dialog alertdialog heading textbox searchbox spinbutton combobox listbox slider checkbox radio switch button link tab menuitem ' +
  'menuitemcheckbox menuitemradio alert status image');
const mostItems = 1000, titleOf = getter('Document', 'title');

function outlineOf(doc) {
  const items = [], all = inOrder(queryAll(doc, outlined));
  for (let i = 0; i < all.length && items.length < mostItems; i++) {
    const item = itemOf(all[i]);
    if (item) push(items, item);
  }
  return { address: addressOf(doc), title: brief(titleOf(doc), 200), language: attrOr(rootElement(doc), 'lang'), items };
}

function itemOf(el) {
  const boxes = boxesOf(el);
  if (boxes !== null && boxes[0] !== el) return null;
  if (isFrame(el)) return isVisible(el) ? { role: 'frame', name: brief(toldName(el) || attrOr(el, 'name'), 200), inside: nearestAround(el), marks: innerDocument(el) ? [] : ['elsewhere'] } : null;
  const role = roleOf(el), clickable = !setHas(outlinedRoles, role) && hasAttribute(el, 'onclick');
  if (!clickable && !setHas(outlinedRoles, role)) return null;
  if (!isReachable(el) || !(isVisible(el) || standIn(el, 'check'))) return null;
  const name = clickable ? visibleText(el) : nameInOutline(el, role, boxes);
  // A message that says nothing, and a picture that says nothing, are not there for a reader.
  if (name === '' && (role === 'alert' || role === 'status' || role === 'image' || role === 'heading')) return null;
  // What a tick agrees to is cut only once names and dates are taken out of it.
  return { role: clickable ? 'button' : role, name: brief(name, role === 'checkbox' || role === 'switch' ? 8000 : 200), inside: nearestAround(el), marks: marksOf(el, role) };
}

function nameInOutline(el, role, boxes) {
  if (role === 'checkbox' || role === 'switch') return wordsBeside(el);
  if (role === 'dialog' || role === 'alertdialog') return roleName(el, 'dialog');
  if (role === 'alert' || role === 'status') return visibleText(el);
  if (boxes !== null) return nameOfBoxes(boxes);
  const name = toldName(el);
  return name !== '' || !isField(el, 'any') ? name : placeholderOf(el) || textBefore(el);
}

// The nearest dialog, form or frame.
function nearestAround(el) {
  for (let at = outward(el); at; at = outward(at)) {
    const role = roleOf(at);
    if (isFrame(at) || tagOf(at) === 'form' || role === 'dialog' || role === 'alertdialog') return surrounding(at);
  }
  return '';
}

function marksOf(el, role) {
  const marks = [];
  if (isRequired(el)) push(marks, 'required');
  if (isSecret(el)) push(marks, 'secret');
  if (isDisabled(el)) push(marks, 'disabled');
  if (isReadonly(el)) push(marks, 'read-only');
  if (checkedOf(el) === true) push(marks, 'checked');
  const expanded = attr(el, 'aria-expanded');
  if (expanded !== null) push(marks, expanded === 'true' ? 'expanded' : 'collapsed');
  const form = role === 'button' ? formOf(el) : null;
  const to = form ? submitOrigin(form, el) : null;
  if (to !== null && to !== originOf(documentOf(el))) push(marks, 'elsewhere');
  return marks;
}

function answerOutline() {
  return { is: 'outline', outline: outlineOf(document) };
}

// Everything that a step could mean: what one can press or fill, and what can be read, each with all that it is known by.
function answerElements() {
  const elements = [], told = new PureSet();
  const add = (el) => {
    const boxes = boxesOf(el);
    if (setHas(told, el) || elements.length >= 400 || (boxes !== null && boxes[0] !== el)) return;
    setAdd(told, el);
    if (isReachable(el) && (isVisible(el) || standIn(el, 'check'))) push(elements, knownWithWords(el, boxes));
  };
  const all = inOrder(queryAll(document, `${outlined},[tabindex]`));
  for (let i = 0; i < all.length; i++) if (isHtml(all[i]) && !isFrame(all[i])) add(all[i]);
  const { parts } = flowOf(document);
  for (let i = 0; i < parts.length && i < 400; i++) {
    const clickable = closest(parts[i].holder, isClickable);
    add(clickable || parts[i].holder);
    if (clickable) add(clickableBox(clickable));
  }
  return { is: 'elements', elements };
}

// The pointer over a box is the pointer over all that stands in it: the box is the outermost.
function clickableBox(el) {
  let box = el;
  for (let at = parentOf(box); at && isClickable(at); at = parentOf(at)) box = at;
  return box;
}

// The page's address stands with its outline.
function knownWithWords(el, boxes) {
  const known = knownBy({ el, boxes });
  known.address = '';
  if (known.role === 'checkbox' || known.role === 'switch') known.words = wordsBeside(el);
  return known;
}
