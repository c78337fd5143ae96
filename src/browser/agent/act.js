// The other acts: pointing, ticking, choosing, and expectations on one element.

function readyAnswer({ match, rank }, spot, gated) {
  return { is: 'ready', element: describeElement(match), rank, via: match.via, gated, ...placeOf(match.el, spot) };
}

async function lookLocate(request, locator, context) {
  const need = request.need || 'click';
  const found = oneMatch(locator, need, context);
  if (found.answer) return found.answer;
  const spot = await whenReady(found.match, need, context);
  if (spot.wait) return { wait: spot.wait, match: found.match, looked_for: locator.shown };
  const ready = readyAnswer(found, spot, need === 'click' && expectPress(context, found.match, spot, () => onlyOf(resolve(locator, need))));
  return request.cover ? { ...ready, cover: answerCover({ ...request.cover, freeze: true }) } : ready;
}

async function lookCheck(request, locator, context) {
  const found = oneMatch(locator, 'check', context);
  if (found.answer) return found.answer;
  const { match, rank } = found, wanted = request.op === 'check';
  const beside = wanted ? wordsBeside(match.el) : null;
  if (checkedOf(match.el) === wanted) return { is: 'already', element: describeElement(match), rank, via: match.via, words: beside };
  const spot = await whenReady(match, 'check', context);
  if (spot.wait) return { wait: spot.wait, match, looked_for: locator.shown };
  const again = () => { const it = onlyOf(resolve(locator, 'check')); return it && checkedOf(it.el) !== wanted ? it : null; };
  return { ...readyAnswer(found, spot, expectPress(context, match, spot, again)), words: beside };
}

// All that is agreed to with a tick: what is written between the control before the box and the end of the box's own label. A page
// often asks its question in a paragraph above a box that says no more than “I confirm”.
function wordsBeside(el) {
  const root = closest(el, (it) => setHas(asking, tagOf(it)) || roleOf(it) === 'dialog') || document, flow = flowOf(root);
  const controls = filterList(queryAll(root, 'input,select,textarea,button'), (it) => compareOrder(it, el) < 0 && isVisible(it));
  const before = controls.length ? controls[controls.length - 1] : null;
  const isOfBefore = ({ node, holder }) => compareOrder(node, before) < 0 || isInside(node, before) ||
    closest(holder, (it) => tagOf(it) === 'label' && controlOf(it) === before) !== null;
  const parts = filterList(flow.parts, (part) => compareOrder(part.node, el) < 0 && isVisible(part.holder) && (before === null || !isOfBefore(part)));
  const above = parts.length ? cut(flow.text, parts[0].from, parts[parts.length - 1].to) : '', own = labelOf(el) || toldName(el);
  return brief(holds(above, own) ? above : fold(`${above} ${own}`), 8000);
}
const asking = words('form fieldset dialog main article section');

// -- lists to choose from ------------------------------------------------------------------------------------------------

const optionList = getter('HTMLSelectElement', 'options'), setSelected = setter('HTMLOptionElement', 'selected'), isSelected = getter('HTMLOptionElement', 'selected');

async function lookSelect(request, locator, context) {
  const found = oneMatch(locator, 'select', context);
  if (found.answer) return found.answer;
  const { match, rank } = found, text = compileText(request.value);
  const spot = await whenReady(match, 'select', context);
  if (spot.wait) return { wait: spot.wait, match, looked_for: locator.shown };
  if (tagOf(match.el) !== 'select') {
    const gated = expectPress(context, match, spot, () => onlyOf(resolve(locator, 'select')));
    return { ...readyAnswer(found, spot, gated), custom: true };
  }
  const options = usable(match.el), fit = fitting(options, optionText, text);
  if (fit.length !== 1) {
    const end = () => ({ is: 'no-option', options: mapList(sliceList(options, 0, 40), (option) => brief(optionText(option), 80)) });
    return { wait: fit.length ? 'several such options' : 'no such option', match, end };
  }
  choose(match.el, fit[0]);
  return { is: 'selected', element: describeElement(match), rank, via: match.via, text: optionText(fit[0]) };
}

const optionText = (option) => fold(attr(option, 'label') || rawTextOf(option));

function usable(select) {
  const list = [], all = optionList(select);
  for (let i = 0; i < all.length; i++) if (!matchesCss(all[i], ':disabled')) push(list, all[i]);
  return list;
}

// Of several that contain the text the one that is the text: lists of values are full of common beginnings.
function fitting(items, textOf, text) {
  const fit = filterList(items, (item) => text.test(textOf(item)));
  if (fit.length < 2 || text.pattern) return fit;
  const same = filterList(fit, (item) => lower(textOf(item)) === lower(text.wanted));
  return same.length ? same : fit;
}

function choose(select, option) {
  focusOn(select, { preventScroll: true });
  if (isSelected(option) && !hasAttribute(select, 'multiple')) return;
  setSelected(option, true);
  fire(select, 'input');
  fire(select, 'change');
}

// The line of an opened list of the page's own making.
async function lookOption(request, _, context) {
  const text = compileText(request.value), { named, fit } = optionsLike(text);
  if (fit.length !== 1) {
    const end = () => ({ is: 'no-option', options: mapList(sliceList(named, 0, 40), (el) => brief(toldName(el), 80)) });
    return { wait: fit.length ? 'several such options' : 'no such option', end };
  }
  const match = { el: fit[0], via: 'name' };
  const spot = await whenReady(match, 'click', context);
  if (spot.wait) return { wait: spot.wait, match };
  const again = () => { const now = optionsLike(text).fit; return now.length === 1 ? { el: now[0], via: 'name' } : null; };
  return readyAnswer({ match, rank: 0 }, spot, expectPress(context, match, spot, again));
}

// The lines of opened lists by role, and those of all that fit a text.
function optionsLike(text) {
  const lines = filterList(queryAll(document, '[role=option],[role=menuitemradio],[role=menuitem],[role=treeitem],option,li'), isMet);
  const named = filterList(lines, (el) => { const role = roleOf(el); return role === 'option' || role === 'menuitemradio' || role === 'menuitem' || role === 'treeitem'; });
  const fit = fitting(named, nameOf, text);
  return { named, fit: fit.length ? fit : fitting(filterList(lines, isClickable), visibleText, text) };
}

// -- expectations --------------------------------------------------------------------------------------------------------

function lookExpect(request, condition) {
  return condition() ? { is: 'met', element: metBy(request.condition) } : { wait: 'not met', looked_for: shownCondition(request.condition), subject: subjectOf(request.condition) };
}

// What a condition of one locator found, to know it by; a group may hold for many reasons.
function metBy({ locator }) {
  const { matches } = locator ? resolve(compileLocator(locator), 'any') : { matches: [] };
  return matches.length ? describeElement(matches[0]) : null;
}

function shownCondition(condition) {
  if (condition.locator) return condition.locator[0].shown || '';
  const parts = [];
  const { all = [], any = [], none = [] } = condition.group;
  pushAll(parts, mapList(all, shownCondition));
  if (any.length) push(parts, `any of ${joinList(mapList(any, shownCondition), ', ')}`);
  if (none.length) push(parts, `none of ${joinList(mapList(none, shownCondition), ', ')}`);
  return joinList(parts, ' and ');
}

// The locator of a condition that is to blame, for the explanation: the first that is wanted and does not hold.
function subjectOf(condition) {
  if (condition.locator) return { locator: compileLocator(condition.locator), purpose: 'any', count: 0 };
  const wanted = condition.group.all && condition.group.all.length ? condition.group.all : condition.group.any || [];
  for (let i = 0; i < wanted.length; i++) if (!compileCondition(wanted[i])()) return subjectOf(wanted[i]);
  return {};
}

function lookValue(request, locator, context) {
  const found = oneMatch(locator, 'any', context);
  if (found.answer) return found.answer;
  return compileText(request.value).test(textOrValue(found.match)) ? { is: 'met' } : { wait: 'another value', match: found.match };
}

function lookChecked(request, locator, context) {
  const found = oneMatch(locator, 'check', context);
  if (found.answer) return found.answer;
  const state = checkedOf(found.match.el) === true;
  return state === (request.checked !== false) ? { is: 'met' } : { wait: state ? 'checked' : 'not checked', match: found.match };
}

function lookCount(request, locator) {
  const { matches } = resolve(locator, 'any');
  if (matches.length === request.count) return { is: 'met' };
  return { wait: `${matches.length} matches`, subject: { locator, purpose: 'any', count: matches.length } };
}

function lookAddress(request) {
  const { pathname, search, hash } = document.location, address = pathname + search + hash;
  return compileText(request.value).test(address) ? { is: 'met', address } : { wait: `the address is ${address}`, looked_for: 'the address' };
}

function lookFrame(request, locator, context) {
  const found = oneMatch(locator, 'within', context);
  if (found.answer) return found.answer;
  const { el } = found.match;
  if (!isFrame(el)) return { wait: 'no frame', match: found.match };
  const by = offsetOf(documentOf(el)), style = styleOf(el), rect = rectOf(el);
  const left = clientLeft(el) + (parseFloat(style.paddingLeft) || 0), top = clientTop(el) + (parseFloat(style.paddingTop) || 0);
  const inner = { x: rect.left + left + by.x, y: rect.top + top + by.y, width: rect.width - 2 * left, height: rect.height - 2 * top };
  return {
    is: 'frame', index: frameIndex(el), same_origin: innerDocument(el) !== null, src: attrOr(el, 'src'), name: attrOr(el, 'name'),
    ...placeOf(el, { rect: inner, point: middle(inner) }),
  };
}

// Its place among the frames of its own window; those in shadow trees are not among them.
function frameIndex(el) {
  const view = viewOf(documentOf(el)), inner = tagOf(el) === 'iframe' ? frameWindow(el) : el.contentWindow;
  for (let i = 0; i < view.length; i++) if (view[i] === inner) return i;
  return null;
}
