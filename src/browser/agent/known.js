// What an element is known by: enough to find it again when its page has changed, and to see that another took its place. Never a
// value: names without those of fields, and of a field no text. The shape is src/record/fingerprint.rs.

function knownBy(match) {
  const { el } = match, tag = tagOf(el), secret = isSecret(el), field = setHas(fieldTags, tag) || isEditingHost(el), form = formOf(el), rect = topRect(el);
  const name = brief(match.boxes ? nameOfBoxes(match.boxes) : toldName(el), 200), said = setHas(selfSaying, roleOf(el)) || setHas(pressed, inputType(el));
  return {
    role: roleOf(el), name, label: brief(labelOf(el), 200), placeholder: brief(placeholderOf(el), 200),
    text: field || secret ? '' : brief(visibleText(el), 200), before: said ? '' : textBefore(el), after: said ? '' : textAfter(el),
    inside: surroundings(el), tag, markup: markupAround(el), type: inputType(el) || attrOr(el, 'type'), id: idOf(el), field: attrOr(el, 'name'), testid: attrOr(el, 'data-testid'),
    href: tag === 'a' ? placeBehind(attrOr(el, 'href'), el) : '', submits: (form && submitOrigin(form, el)) || '', place: wholeRect(rect),
    boxes: match.boxes ? match.boxes.length : 0, required: isRequired(el), secret, address: addressOf(document),
  };
}

const fieldTags = words('input select textarea'), pressed = words('submit button reset image checkbox radio');
// What these are is said in them; a field and a value are told by what stands beside them.
const selfSaying = words('button link tab menuitem menuitemcheckbox menuitemradio checkbox radio switch option heading dialog alertdialog alert status');
const isRequired = (el) => hasAttribute(el, 'required') || attr(el, 'aria-required') === 'true';
const whole = (n) => px(n) | 0;
const wholeRect = (rect) => [whole(rect.x), whole(rect.y), whole(rect.width), whole(rect.height)];

// Of a page: path and fragment.
function addressOf(doc) {
  const { pathname, hash } = doc.location;
  return brief(pathname + hash, 200);
}

// Path and fragment: what stands after a question mark may be anybody's.
function placeBehind(href, el) {
  try {
    const { pathname, hash } = new PureURL(href, baseOf(el));
    return brief(pathname + hash, 200);
  } catch {
    return '';
  }
}

// What it stands in, outermost first.
function surroundings(el) {
  const list = [];
  for (let at = el; at; at = outward(at)) {
    if (at !== el) {
      const told = surrounding(at);
      if (told !== '') push(list, told);
    }
    if (isShadow(rootOf(at)) && parentNodeOf(at) === rootOf(at)) push(list, 'shadow');
  }
  const turned = [];
  for (let i = list.length - 1; i >= 0; i--) push(turned, list[i]);
  return turned;
}

// The tags around it, outermost first; what a page's maker has named, and nobody else knows, is a `custom` one.
function markupAround(el) {
  const tags = [];
  for (let at = parentOf(el); at && tags.length < 30; at = parentOf(at)) {
    const tag = tagOf(at);
    if (tag !== 'html' && tag !== 'body') push(tags, tag.length > 12 || execPattern(foreignTag, tag) ? 'custom' : tag);
  }
  const turned = [];
  for (let i = tags.length - 1; i >= 0; i--) push(turned, tags[i]);
  return turned;
}

const foreignTag = new PureRegExp('[^a-z0-9]');

const enclosing = words('dialog alertdialog navigation region tabpanel group radiogroup');

// A dialog, a form, a frame, a named part of the page; nothing for what only serves the layout.
function surrounding(at) {
  const tag = tagOf(at);
  if (isFrame(at)) return called('frame', toldName(at) || attrOr(at, 'name') || placeBehind(attrOr(at, 'src'), at));
  if (tag === 'form') return called('form', authorName(at));
  const role = roleOf(at);
  if (!setHas(enclosing, role)) return '';
  const name = role === 'dialog' || role === 'alertdialog' ? roleName(at, 'dialog') : authorName(at) || toldName(at);
  return name === '' && role !== 'dialog' && role !== 'alertdialog' ? '' : called(role, name);
}

const called = (role, name) => (name === '' ? role : `${role} "${brief(name, 80)}"`);

// The text right before a field in its own surroundings, and right after it, as its page is written.
const textBefore = (el) => textBeside(el, previousOf, lastWords), textAfter = (el) => textBeside(el, nextOf, firstWords);
const lastWords = (text) => (text.length <= 80 ? text : cut(text, text.length - 80)), firstWords = (text) => cut(text, 0, 80);

function textBeside(el, step, part) {
  for (let at = el, depth = 0; at && depth < 4; at = parentOf(at), depth++) {
    if (depth > 0 && (isFrame(at) || tagOf(at) === 'form')) return '';
    for (let beside = step(at); beside; beside = step(beside)) {
      const text = textOfNode(beside);
      if (text !== '') return part(text);
      if (isElement(beside) && query(beside, 'input,select,textarea').length) return '';
    }
  }
  return '';
}

function textOfNode(node) {
  if (typeOf(node) === TEXT) return fold(dataOf(node));
  return isElement(node) && !setHas(unread, tagOf(node)) && isVisible(node) ? visibleText(node) : '';
}
