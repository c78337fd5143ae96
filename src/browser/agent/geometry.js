// Rectangles and points, in CSS px of the viewport of the outermost document this script can reach.

const plain = (r) => ({ x: r.left, y: r.top, width: r.width, height: r.height });

// How far a document's viewport stands from the outermost one, through same-origin frames.
function offsetOf(doc) {
  let x = 0, y = 0;
  for (let frame = frameOf(doc); frame; frame = frameOf(frame)) {
    const rect = rectOf(frame), style = styleOf(frame);
    x += rect.left + clientLeft(frame) + (parseFloat(style.paddingLeft) || 0);
    y += rect.top + clientTop(frame) + (parseFloat(style.paddingTop) || 0);
  }
  return { x, y };
}

function topRect(el) {
  return shifted(plain(rectOf(el)), offsetOf(documentOf(el)));
}

const shifted = (rect, by) => ({ x: rect.x + by.x, y: rect.y + by.y, width: rect.width, height: rect.height });

function intersect(a, b) {
  const x = max(a.x, b.x), y = max(a.y, b.y);
  const width = min(a.x + a.width, b.x + b.width) - x, height = min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

// The outermost window that can be reached, which is the top one unless a frame of another origin lies between.
function outermost() {
  let view = here;
  for (let frame = frameOf(document); frame; frame = frameOf(frame)) view = viewOf(documentOf(frame));
  return view;
}

function viewportOf(view) {
  return { x: 0, y: 0, width: view.innerWidth, height: view.innerHeight };
}

const isFramed = () => { const view = outermost(); return view !== view.parent; };

// The origin of a document; one without an address of its own (about:blank, srcdoc) has that of the page around it.
function originOf(doc) {
  const view = viewOf(doc);
  const own = view.location.origin;
  if (own !== 'null' || seek(view.location.href, 'about:') !== 0) return own;
  if (view.origin === 'null') return 'null';
  const frame = frameOf(doc);
  return frame ? originOf(documentOf(frame)) : own;
}

// The origin of the top-level document, or null where the browser does not tell.
function topOrigin() {
  const view = outermost();
  if (view === view.top) return originOf(view.document);
  const above = view.location.ancestorOrigins;
  return above && above.length ? above[above.length - 1] : null;
}

const px = (n) => round(n * 100) / 100;
const neat = (r) => ({ x: px(r.x), y: px(r.y), width: px(r.width), height: px(r.height) });
