// What a person can see, and what a reader of the accessibility tree can meet. Answers are kept for one look.

let styles, seen, clips, reachable, opaque, framesDrawn;

function forgetSight() {
  styles = new PureMap();
  seen = new PureMap();
  clips = new PureMap();
  reachable = new PureMap();
  opaque = new PureMap();
  framesDrawn = new PureMap();
}

function remembered(map, key, compute) {
  let value = mapGet(map, key);
  if (value === undefined) mapSet(map, key, value = compute(key));
  return value;
}

const styleOf = (el) => remembered(styles, el, (it) => computed(viewOf(documentOf(it)) || here, it));

const strictly = { opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: false };

// A box of its own, or, for an element without one (`display: contents`), that of something in it.
function hasBox(el) {
  const rects = rectsOf(el);
  for (let i = 0; i < rects.length; i++) if (rects[i].width > 0 && rects[i].height > 0) return true;
  if (tagOf(el) === 'area') return true;
  if (styleOf(el).display !== 'contents' && tagOf(el) !== 'slot') return false;
  const children = childrenOf(el);
  for (let i = 0; i < children.length; i++) {
    if (isElement(children[i]) ? hasBox(children[i]) : typeOf(children[i]) === TEXT && fold(dataOf(children[i])) !== '') return true;
  }
  return false;
}

// Drawn at all: displayed, not `visibility: hidden`, not transparent, in a frame that is drawn.
function isDrawn(el) {
  return remembered(opaque, el, () => {
    const shown = checkVisibility(el, strictly) ||
      (styleOf(el).display === 'contents' && styleOf(el).visibility === 'visible' && isDrawn(parentOf(el) || rootElement(documentOf(el))));
    return shown && isFrameDrawn(documentOf(el));
  });
}

const isFrameDrawn = (doc) => remembered(framesDrawn, doc, () => { const frame = frameOf(doc); return frame === null || isDrawn(frame); });

const isVisible = (el) => remembered(seen, el, () => isDrawn(el) && hasBox(el) && !isClipped(el) && !isOffPage(el));

// Collapsed or cut away by itself or by what it stands in: folded panels, texts for readers of the screen alone.
function isClipped(el) {
  return remembered(clips, el, () => {
    const style = styleOf(el);
    if (cutsAll(style, el)) return true;
    const frame = holderOf(el, style);
    if (frame === null) {
      const outer = frameOf(el);
      return outer !== null && isClipped(outer);
    }
    return isFolded(frame) || isClipped(frame);
  });
}

// Which ancestor may clip it: not those that an absolute or fixed element has escaped.
function holderOf(el, style) {
  if (style.position === 'fixed') return null;
  let holder = parentOf(el);
  if (style.position === 'absolute') while (holder && !holdsAbsolute(styleOf(holder))) holder = parentOf(holder);
  return holder;
}

const holdsAbsolute = (style) => style.position !== 'static' || style.transform !== 'none';

function isFolded(el) {
  const style = styleOf(el);
  if (style.overflowX === 'visible' && style.overflowY === 'visible') return false;
  if (tagOf(el) === 'body' || tagOf(el) === 'html' || style.display === 'inline' || style.display === 'contents') return false;
  return clientWidth(el) <= 1 || clientHeight(el) <= 1;
}

function cutsAll(style, el) {
  const path = style.clipPath;
  if (path !== 'none' && (path === 'inset(100%)' || path === 'inset(50%)' || seek(path, 'circle(0') === 0)) return true;
  if (style.position !== 'absolute' && style.position !== 'fixed') return false;
  const clip = style.clip;
  if (clip && clip !== 'auto' && emptyClip(clip)) return true;
  return style.overflowX !== 'visible' && isFolded(el) && tagOf(el) !== 'input';
}

function emptyClip(clip) {
  const edges = mapList(split(replace(clip, clipWords, ' '), everyGap), (part) => parseFloat(part));
  const kept = filterList(edges, (edge) => edge === edge);
  return kept.length === 4 && (kept[1] - kept[3] <= 1 || kept[2] - kept[0] <= 1);
}
const clipWords = new PureRegExp('rect\\(|px|,|\\)', 'g');
const everyGap = new PureRegExp(' +', 'g');

// Moved out to the left or above, where no scrolling leads.
function isOffPage(el) {
  const rect = rectOf(el), view = viewOf(documentOf(el));
  if (rect.right + view.scrollX > 0 && rect.bottom + view.scrollY > 0) return false;
  for (let at = parentOf(el); at; at = parentOf(at)) if (at.scrollTop > 0 || at.scrollLeft > 0) return false;
  return styleOf(rootElement(documentOf(el))).direction !== 'rtl' || rect.bottom + view.scrollY <= 0;
}

// Kept out of the accessibility tree: `aria-hidden`, inert, behind a modal dialog.
const isReachable = (el) => isExposed(el) && !isBehindModal(el);

function isExposed(el) {
  return remembered(reachable, el, () => {
    if (attr(el, 'aria-hidden') === 'true' || hasAttribute(el, 'inert')) return false;
    const up = outward(el);
    return up === null || isExposed(up);
  });
}

let modals = null;
function forgetModals() { modals = null; }

// The last modal dialog in the top layer makes all outside it inert.
function isBehindModal(el) {
  if (modals === null) modals = new PureMap();
  const doc = documentOf(el);
  let modal = mapGet(modals, doc);
  if (modal === undefined) mapSet(modals, doc, modal = topModal(doc));
  return modal !== null && !isInside(el, modal) && !isPopover(el);
}

function topModal(doc) {
  let open;
  try {
    open = query(doc, 'dialog:modal');
  } catch {
    return null;
  }
  // Of several the one shown last is on top; nested ones stand later in the tree as well.
  let top = null;
  for (let i = 0; i < open.length; i++) if (isDrawn(open[i])) top = open[i];
  if (top === null || open.length === 1) return top;
  const rect = rectOf(top);
  const hit = pointInDocument(doc, rect.left + rect.width / 2, rect.top + rect.height / 2);
  for (let i = 0; i < open.length; i++) if (hit && isInside(hit, open[i]) && !isInside(open[i], top)) top = open[i];
  return top;
}

function isPopover(el) {
  return closest(el, (it) => hasAttribute(it, 'popover')) !== null;
}

const isMet = (el) => isVisible(el) && isReachable(el);
