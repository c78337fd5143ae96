// What people are told: elements by name, and at the deadline why nothing could be done. Made once, at the end of a wait.

// A short selector that a person can read and that means one element of its tree where that can be had cheaply.
function cssOf(el) {
  const tag = tagOf(el), id = idOf(el);
  if (id && plainWord(id)) return `${tag}#${id}`;
  for (let i = 0; i < telling.length; i++) {
    const value = attr(el, telling[i]);
    if (value && value.length < 40 && !holds(value, '"')) return `${tag}[${telling[i]}="${value}"]`;
  }
  const first = filterList(split(trim(attrOr(el, 'class')), spaces), plainWord)[0];
  return first ? `${tag}.${first}` : tag;
}
const telling = ['data-testid', 'name', 'aria-label', 'type', 'href'];
const wordPattern = new PureRegExp('^[A-Za-z_][\\w-]*$');
const plainWord = (text) => execPattern(wordPattern, text) !== null;

function naming(el) {
  const text = brief(isVisible(el) ? visibleText(el) : '', 40);
  return text ? `${cssOf(el)} “${text}”` : cssOf(el);
}

const shownMatch = (match, why) => ({ css: cssOf(match.el), role: roleOf(match.el), name: brief(toldName(match.el) || (match.hidden ? '' : visibleText(match.el)), 80), why });

// Everything about an element that a record or a comparison with an older run may want. Never a value: any field may hold a secret.
function describeElement(match) {
  const { el } = match, tag = tagOf(el), secret = isSecret(el), form = formOf(el);
  return {
    tag, type: inputType(el) || attr(el, 'type'), role: roleOf(el), name: brief(toldName(el), 200), id: idOf(el) || null, css: cssOf(el),
    text: secret || tag === 'input' || tag === 'select' || tag === 'textarea' || isEditingHost(el) ? null : brief(visibleText(el), 200),
    disabled: isDisabled(el), checked: checkedOf(el), required: hasAttribute(el, 'required') || attr(el, 'aria-required') === 'true',
    readonly: isReadonly(el), expanded: attr(el, 'aria-expanded'), href: tag === 'a' ? attr(el, 'href') : null,
    label: brief(labelOf(el), 200) || null,
    placeholder: placeholderOf(el) || null, form: form ? cssOf(form) : null, submits: form ? submitOrigin(form, el) : null,
    carries: form ? carriesSecret(form) : false,
    test_id: attr(el, 'data-testid'), classes: attr(el, 'class'), boxes: match.boxes ? match.boxes.length : 0, secret,
    frame: frameOf(el) ? cssOf(frameOf(el)) : null, known: knownBy(match),
  };
}

function submitOrigin(form, el) {
  try {
    const address = attr(el, 'formaction') || attr(form, 'action') || '';
    return new PureURL(address, baseOf(el)).origin;
  } catch {
    return null;
  }
}

const isTicked = getter('HTMLInputElement', 'checked');
function checkedOf(el) {
  const type = inputType(el);
  if (type === 'checkbox' || type === 'radio') return isTicked(el);
  const state = attr(el, 'aria-checked') || (roleOf(el) === 'option' || roleOf(el) === 'tab' ? attr(el, 'aria-selected') : null);
  return state === null ? null : state === 'true';
}

// -- the deadline --------------------------------------------------------------------------------------------------------

function explain(last, context) {
  const subject = last.subject || {}, why = {
    waited_ms: now() - context.began, looked_for: subject.locator ? subject.locator.shown : last.looked_for || '', count: subject.count || 0,
    matches: [], elsewhere: [], nearest: [], sentence: '',
  };
  if (last.match) push(why.matches, shownMatch(last.match, last.wait));
  else if (subject.locator) explainAbsence(subject, why);
  why.sentence = sentenceOf(why, last);
  return why;
}

function explainAbsence({ locator, purpose }, why) {
  for (let i = 0; i < locator.targets.length && why.matches.length < 8; i++) {
    const matches = matchesOf(locator.targets[i], purpose, true);
    for (let m = 0; m < matches.length && why.matches.length < 8; m++) push(why.matches, shownMatch(matches[m], whyHidden(matches[m].el)));
  }
  why.elsewhere = elsewhere(locator);
  why.nearest = nearestNames(locator.targets[0], purpose);
}

function whyHidden(el) {
  if (isVisible(el)) return isBehindModal(el) || closest(el, (it) => hasAttribute(it, 'inert')) ? 'inert' : isReachable(el) ? '' : 'hidden';
  if (!isDrawn(el) || isClipped(el)) return 'hidden';
  return hasBox(el) ? 'outside the viewport' : '0 size';
}

// Places where it may be and where this script has not found or cannot look.
function elsewhere(locator) {
  const found = [], page = remembered(trees, document, allTrees);
  const target = locator.targets[0];
  if (target.within && !resolve(target.within, 'within').matches.length) push(found, `nothing to look in: ${target.within.shown}`);
  else if (target.within && matchesOf({ ...target, within: null }, 'any', false).length) push(found, `outside ${target.within.shown}`);
  for (let i = 0; i < page.foreign.length && i < 4; i++) if (isVisible(page.foreign[i])) push(found, `cross-origin frame ${cssOf(page.foreign[i])} (${brief(attrOr(page.foreign[i], 'src'), 60)})`);
  const all = queryAll(document, '*');
  for (let i = 0; i < all.length && found.length < 8; i++) {
    const tag = tagOf(all[i]);
    if (tag === 'template' && target.name && target.name.test(rawTextOf(all[i].content))) push(found, `hidden template ${cssOf(all[i])}`);
    if (holds(tag, '-') && !shadowOf(all[i]) && firstOf(all[i]) === null && isVisible(all[i])) push(found, `perhaps a closed shadow root in ${cssOf(all[i])}`);
  }
  return found;
}

// The names most like the one looked for, of the same kind of thing.
function nearestNames(target, purpose) {
  if (!target.name) return [];
  const wanted = lower(target.name.wanted), scored = [], told = new PureSet();
  const pool = candidatesLike(target, purpose);
  for (let i = 0; i < pool.length && i < 400; i++) {
    const { el, name } = pool[i];
    if (name === '' || setHas(told, name)) continue;
    setAdd(told, name);
    push(scored, { role: roleOf(el), name: brief(name, 80), score: px(likeness(lower(name), wanted)) });
  }
  sortList(scored, (a, b) => b.score - a.score);
  return filterList(sliceList(scored, 0, 5), (item) => item.score > 0.1);
}

function candidatesLike(target, purpose) {
  const roots = rootsOf(target), root = roots[0] || document;
  if (target.by === 'text' || target.by === 'after') {
    const flow = flowOf(root);
    return mapList(filterList(flow.parts, (part) => part.to - part.from < 120), (part) => ({ el: part.holder, name: cut(flow.text, part.from, part.to) }));
  }
  const field = target.by === 'field' || target.by === 'label' || target.by === 'placeholder';
  const elements = field ? fieldsIn(root, purpose) : queryAll(root, target.by === 'role' && roleTags[target.role] !== undefined ? `${roleTags[target.role] || '[role]'},[role]` : controlCss);
  const fit = (el) => isMet(el) && (field || (target.by === 'role' ? hasRole(el, [target.role]) : setHas(controls, roleOf(el))));
  return mapList(filterList(elements, fit), (el) => ({ el, name: toldName(el) || placeholderOf(el) }));
}

// Dice's likeness of letter pairs: 1 the same, 0 nothing in common.
function likeness(a, b) {
  const first = pairsOf(a), second = pairsOf(b);
  let shared = 0;
  const left = sliceList(second, 0);
  for (let i = 0; i < first.length; i++) {
    const at = indexIn(left, first[i]);
    if (at >= 0) { shared++; left[at] = null; }
  }
  return first.length + second.length ? (2 * shared) / (first.length + second.length) : 0;
}

function pairsOf(text) {
  const plainText = replace(normalise(text, 'NFD'), marks, ''), pairs = [];
  for (let i = 0; i + 1 < plainText.length && i < 120; i++) push(pairs, plainText[i] + plainText[i + 1]);
  return pairs;
}
const marks = new PureRegExp('\\p{M}', 'gu');

function sentenceOf(why, last) {
  const first = why.matches[0];
  if (last.match && first) return `${first.css} “${first.name}” was ${first.why} for ${round(why.waited_ms / 100) / 10} s`;
  const what = why.looked_for || 'what was expected';
  if (first && first.why) return `${what}: only ${first.css} “${first.name}” matches, and it is ${first.why}`;
  if (why.nearest.length) return `${what} was not found; the nearest is ${why.nearest[0].role} “${why.nearest[0].name}”`;
  return `${what} was not found`;
}
