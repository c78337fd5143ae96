// For pictures: where the fields stand that nobody must see, and a page that holds still.

function answerCover(request) {
  if (request.freeze !== undefined) setFrozen(request.freeze);
  newLook();
  const view = outermost(), screen = viewportOf(view), missing = [], page = rootElement(view.document);
  const masks = areasOf(request.masks, screen, missing), highlight = areasOf(request.highlight, screen, missing);
  const said = request.words ? wholeText(request.lines) : null, words = said ? areasOfText(said, request.stretches, screen) : [];
  if (said) pushAll(words, foreignAreas(screen));
  return {
    is: 'cover', text: said && said.text.length <= mostText ? said.text : null, words,
    personal: said ? areasOfText(said, request.personal, screen) : [],
    fields: secretAreas(screen), masks, highlight, missing, viewport: { width: screen.width, height: screen.height },
    page: { width: scrollWidth(page), height: scrollHeight(page) }, dpr: view.devicePixelRatio, scroll: { x: view.scrollX, y: view.scrollY },
    frozen: request.freeze === true, framed: isFramed(), outline: request.outline ? outlineOf(document) : null,
  };
}

// Whole pixels that hold all of the box, within the viewport.
function clipped(rect, screen) {
  const x = floor(rect.x), y = floor(rect.y);
  return intersect({ x, y, width: ceil(rect.x + rect.width) - x, height: ceil(rect.y + rect.height) - y }, screen);
}
const floor = realm.Math.floor, ceil = realm.Math.ceil;

function secretAreas(screen) {
  const areas = [], all = queryAll(document, 'input,textarea,select');
  for (let i = 0; i < all.length; i++) {
    if (!isSecret(all[i]) || inputType(all[i]) === 'hidden' || !checkVisibility(all[i], { visibilityProperty: true })) continue;
    const area = clipped(topRect(all[i]), screen);
    if (area) push(areas, area);
  }
  return areas;
}

// What stands in frames of another origin cannot be read here.
function foreignAreas(screen) {
  const areas = [], { foreign } = allTrees(document);
  for (let i = 0; i < foreign.length; i++) {
    const area = isVisible(foreign[i]) ? clipped(topRect(foreign[i]), screen) : null;
    if (area) push(areas, area);
  }
  return areas;
}

function areasOf(locators, screen, missing) {
  const areas = [];
  for (let i = 0; locators && i < locators.length; i++) {
    const locator = compileLocator(locators[i]), { matches } = resolve(locator, 'any');
    if (!matches.length) push(missing, locator.shown);
    for (let m = 0; m < matches.length; m++) {
      const els = matches[m].boxes || [matches[m].proxy || matches[m].el];
      for (let e = 0; e < els.length; e++) {
        const area = clipped(topRect(els[e]), screen);
        if (area) push(areas, area);
      }
    }
  }
  return areas;
}

// -- text ----------------------------------------------------------------------------------------------------------------

// What a person can read on the page, the values of its fields, their placeholders and drawings too, as one text: whoever knows the secrets looks for them in it
// and asks for the stretches in which one stands. The secrets themselves are not told here.
const mostText = 2000000;

function wholeText(lines) {
  const flow = flowOf(document), fields = [];
  let text = lines ? flow.lines : flow.text;
  const all = queryAll(document, 'input,textarea,svg');
  for (let i = 0; i < all.length; i++) {
    const shown = wordsIn(all[i]);
    if (shown === '' || !checkVisibility(all[i])) continue;
    text += '\n';
    push(fields, { from: text.length, to: text.length + shown.length, el: all[i] });
    text += shown;
  }
  const said = { text, flow, fields };
  if (lines) addGenerated(said);
  return said;
}

// What a field or a drawing shows.
function wordsIn(el) {
  if (tagOf(el) === 'svg') return fold(rawTextOf(el));
  if (inputType(el) === 'hidden' || isSecret(el)) return '';
  return valueOf(el) || attrOr(el, 'placeholder');
}

function areasOfText({ flow, fields }, stretches, screen) {
  const areas = [];
  for (let s = 0; stretches && s < stretches.length; s++) {
    const from = stretches[s][0], to = stretches[s][1];
    for (let i = flow.parts.length ? partAt(flow, from) : 0; i < flow.parts.length && flow.parts[i].from < to; i++) {
      const rects = flow.parts[i].to > from ? partRects(flow.parts[i], from, to) : [];
      for (let r = 0; r < rects.length; r++) {
        const area = clipped(rects[r], screen);
        if (area) push(areas, area);
      }
    }
    for (let i = 0; i < fields.length; i++) {
      const area = fields[i].from < to && fields[i].to > from ? clipped(topRect(fields[i].el), screen) : null;
      if (area) push(areas, area);
    }
  }
  return areas;
}

// -- holding still -------------------------------------------------------------------------------------------------------

// The sheet tells itself by a rule for an element that no page has; so whoever comes to take it off need not remember having
// put it on. It costs the page a pass over its elements, so it is put on only where something moves, or a caret would be drawn:
// Firefox leaves carets out of pictures by itself.
const stamp = 'rinnova-still';
const stillness = [`${stamp} { color: inherit }`, ':focus { caret-color: transparent !important }'];
const motionless = '*, *::before, *::after { animation-play-state: paused !important; transition: none !important; scroll-behavior: auto !important }';
const held = ' (rinnova)';

function setFrozen(frozen) {
  const all = allTrees(document).trees;
  for (let i = 0; i < all.length; i++) {
    takeSheetOff(all[i]);
    const doc = typeOf(all[i]) === DOCUMENT ? all[i] : null, animations = (doc || documentOf(all[i])).getAnimations();
    if (frozen && (animations.length > 0 || !isFirefox)) putSheetOn(all[i], animations.length > 0);
    if (doc) holdAnimations(doc, frozen);
  }
}

// Firefox shows sandboxes an `adoptedStyleSheets` that refuses; the page's own view of it does not.
const bareNode = (node) => node.wrappedJSObject || node;

function putSheetOn(tree, moving) {
  try {
    const doc = typeOf(tree) === DOCUMENT ? tree : documentOf(tree), view = bareNode(viewOf(doc));
    const sheet = new view.CSSStyleSheet();
    for (let i = 0; i < stillness.length; i++) sheet.insertRule(stillness[i], i);
    if (moving) sheet.insertRule(motionless, stillness.length);
    bareNode(tree).adoptedStyleSheets.push(sheet);
  } catch { /* an old browser without adopted sheets: the picture is taken as the page is */ }
}

function takeSheetOff(tree) {
  try {
    const sheets = bareNode(tree).adoptedStyleSheets;
    for (let i = sheets.length - 1; i >= 0; i--) if (isOurs(sheets[i])) sheets.splice(i, 1);
  } catch { /* as above */ }
}

const isOurs = (sheet) => sheet.cssRules.length > 0 && seek(sheet.cssRules[0].cssText, stamp) >= 0;

// Animations started by script heed no style sheet: they are paused one by one and marked in their id.
function holdAnimations(doc, frozen) {
  const list = doc.getAnimations();
  for (let i = 0; i < list.length; i++) {
    const animation = list[i];
    if (frozen && animation.playState === 'running' && !animation.animationName && !animation.transitionProperty) {
      animation.pause();
      animation.id += held;
    } else if (!frozen && animation.id && cut(animation.id, -held.length) === held) {
      animation.id = cut(animation.id, 0, -held.length);
      animation.play();
    }
  }
}
