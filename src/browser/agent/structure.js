// The page as a reader of its accessibility tree meets it: one line for each thing that has a role or says something.

function answerStructure({ limit = 65536 }) {
  const lines = [];
  outline(rootElement(document), 0, lines, '');
  return { is: 'structure', text: bothEnds(lines, limit) };
}

function outline(el, depth, lines, above) {
  if (setHas(unread, tagOf(el)) && tagOf(el) !== 'svg' && tagOf(el) !== 'textarea' && tagOf(el) !== 'option') return;
  if (attr(el, 'aria-hidden') === 'true' || hasAttribute(el, 'inert')) return;
  if (!checkVisibility(el) && styleOf(el).display !== 'contents') return;
  const role = plainRole(el), quiet = role === 'generic' || role === 'none' || role === 'rowgroup' || (role === 'paragraph' && toldName(el) === '');
  const inner = quiet ? depth : depth + 1;
  const name = quiet || role === 'row' ? '' : shortName(el, role);
  if (!quiet && styleOf(el).visibility === 'visible') push(lines, indent(depth) + lineFor(el, role, name));
  if (isFrame(el)) return outlineFrame(el, inner, lines);
  if (tagOf(el) === 'select' || tagOf(el) === 'textarea' || tagOf(el) === 'input' || isEditingHost(el)) return undefined;
  const children = childrenOf(el);
  for (let i = 0; i < children.length; i++) {
    const type = typeOf(children[i]);
    if (type === ELEMENT) outline(children[i], inner, lines, name || above);
    else if (type === TEXT && styleOf(el).visibility === 'visible') outlineText(children[i], inner, lines, name || above);
  }
  return undefined;
}

// The name of a cell that holds half the page says nothing that is not said again inside it, nor does that of a list's item.
function shortName(el, role) {
  if (setHas(fromContentInFirefox, role)) return authorName(el);
  const name = toldName(el);
  return setHas(cellRoles, role) && name.length > 100 ? '' : name;
}

function outlineText(node, depth, lines, above) {
  const text = fold(dataOf(node));
  if (text !== '' && !holds(above, text)) push(lines, `${indent(depth)}text "${brief(text, 400)}"`);
}

function outlineFrame(frame, depth, lines) {
  const inner = innerDocument(frame);
  push(lines, `${indent(depth)}frame "${brief(toldName(frame) || attrOr(frame, 'name') || attrOr(frame, 'src'), 120)}"${inner ? '' : ' [cross-origin]'}`);
  if (inner && rootElement(inner)) outline(rootElement(inner), depth + 1, lines, '');
}

const indent = (depth) => repeatText('  ', min(depth, 40));

function lineFor(el, role, name) {
  let line = name === '' ? role : `${role} "${brief(name, 200)}"`;
  if (role === 'heading') line += ` [level ${attr(el, 'aria-level') || cut(tagOf(el), 1)}]`;
  if (isDisabled(el)) line += ' [disabled]';
  if (checkedOf(el) === true) line += ' [checked]';
  if (attr(el, 'aria-expanded')) line += attr(el, 'aria-expanded') === 'true' ? ' [expanded]' : ' [collapsed]';
  if (attr(el, 'aria-current') || attr(el, 'aria-selected') === 'true') line += ' [current]';
  if (isReadonly(el)) line += ' [read-only]';
  if (attr(el, 'aria-invalid') === 'true') line += ' [invalid]';
  if (hasAttribute(el, 'required')) line += ' [required]';
  if (placeholderOf(el) && placeholderOf(el) !== name) line += ` [placeholder "${brief(placeholderOf(el), 80)}"]`;
  return line;
}

// What is at the beginning and at the end tells most; so a text that is too long loses its middle.
function bothEnds(lines, limit) {
  const text = joinList(lines, '\n');
  if (text.length <= limit) return text;
  const half = floor((limit - 40) / 2);
  const head = cut(text, 0, half), tail = cut(text, text.length - half);
  return `${head}\n… ${text.length - 2 * half} characters left out …\n${tail}`;
}
