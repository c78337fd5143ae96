// Whether an element can be acted on now: at rest, enabled, in view, and hit where a person would point.

const animationsOf = method('Element', 'getAnimations');
const acting = words('click fill check select focus drag');
const pointing = words('click hover drag fill check select focus');

// {point, rect} or {wait: why}. `need` tells how much is asked. What took frames to find out is worth nothing when a state has
// come in them, or a later call: the next look then says so.
async function whenReady(match, need, context) {
  const before = framesSeen, spot = await standing(match, need, context);
  if (spot.wait || framesSeen === before) return spot;
  if (context.turn !== latest) return { wait: 'superseded' };
  newLook();
  return testGuards(context.guards) ? { wait: 'a state has come' } : spot;
}

async function standing(match, need, context) {
  const target = match.proxy || match.el;
  if (setHas(acting, need)) {
    if (isDisabled(match.el)) return { wait: 'disabled' };
    if ((need === 'fill' || need === 'focus') && isReadonly(match.el)) return { wait: 'readonly' };
  }
  if (need === 'upload' || need === 'read') return { rect: topRect(target), point: middle(topRect(target)) };
  if (!(await isStill(target, context))) return { wait: 'moving' };
  if (!setHas(pointing, need)) {
    scrollIfNeeded(target, need);
    const rect = topRect(target);
    return { rect, point: middle(rect) };
  }
  return aim(target, match, context);
}

const middle = (rect) => ({ x: px(rect.x + rect.width / 2), y: px(rect.y + rect.height / 2) });

function isDisabled(el) {
  if (attr(el, 'aria-disabled') === 'true') return true;
  try {
    if (matchesCss(el, ':disabled')) return true;
  } catch { /* not an element that can be disabled */ }
  const group = closest(el, (it) => attr(it, 'aria-disabled') === 'true');
  return group !== null;
}

function isReadonly(el) {
  const tag = tagOf(el);
  return ((tag === 'input' || tag === 'textarea') && hasAttribute(el, 'readonly')) || attr(el, 'aria-readonly') === 'true';
}

const sameRect = (a, b) => a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

// Nothing animates it or what holds it, and it stands where the last look saw it; else two frames tell.
async function isStill(el, context) {
  const before = topRect(el);
  const stood = context.stood;
  context.stood = { el, rect: before };
  const moved = stood && stood.el === el && !sameRect(stood.rect, before);
  if (!moved && !isAnimated(el)) return true;
  const first = await nextFrame(), began = topRect(el);
  // A browser that is behind draws frames of one and the same moment: they tell nothing.
  let last = first;
  for (let frames = 0; frames < 8 && last - first < 12; frames++) last = await nextFrame();
  newLook();
  const after = topRect(el);
  context.stood = { el, rect: after };
  // One that drew nothing for as long has not moved it yet; a page in the background never will.
  if ((first === Infinity || last === Infinity) && !isInBackground(document)) return false;
  return sameRect(began, after);
}

function isAnimated(el) {
  for (let at = el; at; at = outward(at)) {
    const list = animationsOf(at);
    for (let i = 0; i < list.length; i++) if (list[i].playState === 'running') return true;
  }
  return false;
}

// -- where to point ------------------------------------------------------------------------------------------------------

const ways = [null, { block: 'center', inline: 'center', behavior: 'instant' }, { block: 'end', inline: 'nearest', behavior: 'instant' }, { block: 'start', inline: 'nearest', behavior: 'instant' }, { block: 'center', inline: 'center', behavior: 'instant' }];

// A point on the element that would hit it; scrolls only when there is none where it stands, and that not at every look.
async function aim(target, match, context) {
  let cover = null;
  const again = context.scrolled && context.scrolled.el === target && now() - context.scrolled.at < 400;
  for (let i = 0; i < ways.length; i++) {
    if (ways[i]) {
      if (again) break;
      context.scrolled = { el: target, at: now() };
      scrollToView(target, ways[i]);
    }
    let tried = hitOn(target, match);
    if (tried.point && (ways[i] || isFramed())) {
      // The browser's own hit test follows a scroll only with the next frames: a press before that lands elsewhere. The same
      // for a frame in a process of its own, which the page around it knows only from what has been drawn.
      await nextFrame();
      await nextFrame();
      newLook();
      tried = hitOn(target, match);
    }
    if (tried.point) return { point: tried.point, rect: topRect(target), spare: tried.spare };
    cover = tried.cover || cover;
  }
  return { wait: cover ? `covered by ${cover}` : 'outside the viewport' };
}

function scrollIfNeeded(el, need) {
  const rect = rectOf(el), view = viewOf(documentOf(el));
  const fits = rect.height <= view.innerHeight;
  const inside = rect.top >= 0 && rect.left >= 0 && rect.bottom <= view.innerHeight && rect.right <= view.innerWidth;
  if (inside && need !== 'scroll') return;
  scrollToView(el, { block: fits ? 'center' : 'start', inline: 'nearest', behavior: 'instant' });
}

function hitOn(target, match) {
  const doc = documentOf(target), view = viewOf(doc), by = offsetOf(doc);
  const screen = viewportOf(view), rects = rectsOf(target);
  let cover = null, spare = null;
  for (let r = 0; r < rects.length && r < 4; r++) {
    const part = intersect(plain(rects[r]), screen);
    if (!part) continue;
    const points = pointsIn(part);
    for (let i = 0; i < points.length; i++) {
      const hit = deepHit(doc, points[i]);
      const verdict = hit ? judge(hit, target, match) : 'outside';
      const point = { x: px(points[i].x + by.x), y: px(points[i].y + by.y) };
      if (verdict === 'good' && !(cover = coveredOutside(doc, points[i]) || null)) return { point };
      if (verdict === 'spare') spare = spare || point;
      if (verdict === 'other' && !cover) cover = naming(hit);
    }
  }
  if (spare) return { point: spare, spare: true };
  if (!rects.length && tagOf(target) === 'area') return areaPoint(target);
  return { cover };
}

// The middle first, then places off the middle, where a child or a neighbour may not reach.
function pointsIn(rect) {
  const at = (fx, fy) => ({ x: rect.x + rect.width * fx, y: rect.y + rect.height * fy });
  const edge = min(6 / rect.width, 0.5);
  return [at(0.5, 0.5), at(0.25, 0.5), at(0.75, 0.5), at(0.5, 0.2), at(0.5, 0.8), at(edge, 0.5), at(1 - edge, 0.5)];
}

// The innermost element at a point of a document's viewport, through open shadow trees.
function deepHit(doc, point) {
  let hit = pointInDocument(doc, point.x, point.y);
  for (let shadow = hit && shadowOf(hit); shadow; shadow = hit && shadowOf(hit)) {
    const inner = pointInShadow(shadow, point.x, point.y);
    if (!inner || inner === hit) break;
    hit = inner;
  }
  return hit;
}

const interactive = words('button link checkbox radio switch tab menuitem option combobox textbox searchbox');

// good: the element or something of it; spare: something of it that would take the click for itself; other: not it.
function judge(hit, target, match) {
  if (isInside(hit, target)) {
    const taker = closest(hit, (it) => it === target || (it !== match.el && (setHas(interactive, roleOf(it)) || (tagOf(it) === 'label' && tagOf(target) !== 'label'))));
    if (taker === target || taker === null) return 'good';
    return tagOf(target) === 'label' ? 'inner' : 'spare';
  }
  if (match.el !== target && isInside(hit, match.el)) return 'good';
  const label = closest(hit, (it) => tagOf(it) === 'label');
  if (label && (isInside(target, label) || controlOf(label) === target)) return 'good';
  // A text inside a button whose own children take no clicks.
  if (isInside(target, hit) && (setHas(interactive, roleOf(hit)) || hasAttribute(hit, 'onclick'))) return 'good';
  return 'other';
}

const controlOf = getter('HTMLLabelElement', 'control');

// Whether the page around the frame covers the point.
function coveredOutside(doc, point) {
  for (let frame = frameOf(doc), at = point; frame; frame = frameOf(frame)) {
    const outer = documentOf(frame), rect = rectOf(frame), style = styleOf(frame);
    at = { x: at.x + rect.left + clientLeft(frame) + (parseFloat(style.paddingLeft) || 0), y: at.y + rect.top + clientTop(frame) + (parseFloat(style.paddingTop) || 0) };
    const hit = deepHit(outer, at);
    if (hit !== frame) return hit ? naming(hit) : 'the edge of the window';
  }
  return null;
}

function areaPoint(area) {
  const numbers = mapList(split(attrOr(area, 'coords'), ','), (part) => parseFloat(part));
  const map = closest(area, (it) => tagOf(it) === 'map');
  const image = map && query(documentOf(area), `img[usemap="#${attrOr(map, 'name')}"]`)[0];
  if (!image || numbers.length < 3) return { cover: null };
  const rect = topRect(image);
  const x = numbers.length === 3 ? numbers[0] : (numbers[0] + numbers[2]) / 2, y = numbers.length === 3 ? numbers[1] : (numbers[1] + numbers[3]) / 2;
  return { point: { x: px(rect.x + x), y: px(rect.y + y) } };
}

// What an answer says of the place of an element.
function placeOf(el, spot) {
  const view = outermost();
  return {
    point: spot.point, rect: neat(spot.rect), origin: originOf(documentOf(el)), top: topOrigin(), framed: isFramed(),
    viewport: { width: view.innerWidth, height: view.innerHeight },
  };
}
