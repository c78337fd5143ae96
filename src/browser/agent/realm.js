// Built-ins that the page cannot have changed, as plain functions.
//
// In an isolated world the built-ins are the browser's own. In the page's own world (classic execute, for grids) the page
// may have replaced them, and a form's fields hide its properties everywhere (`<input name=parentNode>`): so everything
// below is taken from prototypes, once, and called as `parentOf(node)`. Where the page's are no longer native, they come
// from an empty frame that is gone again in the same breath.

// In Firefox's sandboxes the language's built-ins stand on the sandbox's own global, behind which the window stands.
const here = window, own = globalThis;

// Those that libraries are known to replace; one of them tells that the page has been at work.
const often = () => [
  own.Map, own.Set, own.RegExp, own.Promise, own.setTimeout, own.getComputedStyle,
  JSON.parse, JSON.stringify, Date.now, Object.getOwnPropertyDescriptor, Object.keys, Array.isArray, Reflect.apply,
  Array.prototype.push, Array.prototype.map, Array.prototype.filter, Array.prototype.indexOf, Array.prototype.sort,
  Array.prototype.slice, Array.prototype.join, Array.prototype.includes, Array.prototype.find, Array.prototype.some,
  Array.prototype.concat, Array.prototype.every, Array.prototype.forEach,
  String.prototype.trim, String.prototype.indexOf, String.prototype.slice, String.prototype.includes,
  String.prototype.replace, String.prototype.split, String.prototype.toLowerCase, RegExp.prototype.exec, RegExp.prototype.test,
  Function.prototype.call, Function.prototype.bind, Function.prototype.apply, EventTarget.prototype.addEventListener,
  Document.prototype.querySelectorAll, document.querySelectorAll, Element.prototype.querySelectorAll,
  Element.prototype.getAttribute, Element.prototype.matches, Element.prototype.closest, Element.prototype.getBoundingClientRect,
  Document.prototype.elementFromPoint, document.elementFromPoint,
];

function isNative(value) {
  try {
    return `${value}`.indexOf('[native code]') > 0;
  } catch {
    return false;
  }
}

function isTampered() {
  const known = often();
  for (let i = 0; i < known.length; i++) if (!isNative(known[i])) return true;
  return false;
}

// A frame's built-ins work on this page's nodes as well as its own, and go on doing so when the frame is gone.
function cleanRealm() {
  const tampered = isTampered();
  if (!tampered) return own;
  try {
    const frame = document.createElement('iframe');
    document.documentElement.appendChild(frame);
    const realm = frame.contentWindow;
    const kept = { window: realm };
    for (const name of Object.getOwnPropertyNames(realm)) {
      const first = name.charCodeAt(0);
      if (first >= 65 && first <= 90) kept[name] = realm[name];
    }
    kept.setTimeout = realm.setTimeout;
    kept.getComputedStyle = realm.getComputedStyle;
    kept.requestAnimationFrame = realm.requestAnimationFrame;
    document.documentElement.removeChild(frame);
    return kept;
  } catch {
    return own;
  }
}

const realm = cleanRealm();
const uncurry = realm.Function.prototype.bind.bind(realm.Function.prototype.call);
const describe = realm.Object.getOwnPropertyDescriptor;
const method = (owner, name) => uncurry(realm[owner].prototype[name]);
const getter = (owner, name) => uncurry(describe(realm[owner].prototype, name).get);
const setter = (owner, name) => uncurry(describe(realm[owner].prototype, name).set);

// -- the language ----------------------------------------------------------------------------------------------------

const { Map: PureMap, Set: PureSet, WeakSet: PureWeakSet, RegExp: PureRegExp, Error: PureError, URL: PureURL } = realm;
// The promise of the language itself: what `await` trusts, whatever the page calls Promise.
const PurePromise = (async () => {})().constructor;
const parseJson = realm.JSON.parse;
const quoteJson = realm.JSON.stringify;
const now = realm.Date.now;
const round = realm.Math.round, max = realm.Math.max, min = realm.Math.min, abs = realm.Math.abs;
const isArray = realm.Array.isArray;
const keysOf = realm.Object.keys;

const mapGet = method('Map', 'get'), mapSet = method('Map', 'set'), mapHas = method('Map', 'has');
const setHas = method('Set', 'has'), setAdd = method('Set', 'add'), setDelete = method('Set', 'delete');
const weakHas = method('WeakSet', 'has'), weakAdd = method('WeakSet', 'add');
const indexIn = method('Array', 'indexOf'), sliceList = method('Array', 'slice'), sortList = method('Array', 'sort');
const joinList = method('Array', 'join'), mapList = method('Array', 'map'), filterList = method('Array', 'filter');
const someOf = method('Array', 'some'), everyOf = method('Array', 'every'), findIn = method('Array', 'find');
const seek = method('String', 'indexOf'), cut = method('String', 'slice'), trim = method('String', 'trim');
const lower = method('String', 'toLowerCase'), codeAt = method('String', 'charCodeAt'), split = method('String', 'split');
const replace = method('String', 'replace'), repeatText = method('String', 'repeat'), normalise = method('String', 'normalize');
const execPattern = method('RegExp', 'exec');

const has = (list, item) => indexIn(list, item) >= 0;
const holds = (text, part) => seek(text, part) >= 0;
const push = (list, item) => { list[list.length] = item; };
const pushAll = (list, items) => { for (let i = 0; i < items.length; i++) list[list.length] = items[i]; };
const words = (text) => new PureSet(split(trim(text), spaces));
const spaces = new PureRegExp('\\s+');
const everySpace = new PureRegExp('\\s+', 'g');
// White space of every kind, the no-break space too, becomes one space; nothing at the ends.
const fold = (text) => trim(replace(text, everySpace, ' '));
const brief = (text, most) => (text.length > most ? `${cut(text, 0, most - 1)}…` : text);

// The page may have given arrays a `toJSON`; so lists and objects are put together here.
function toJson(value) {
  if (value === undefined || value === null || typeof value === 'function') return 'null';
  if (typeof value === 'number') return value - value === 0 ? `${value}` : 'null';
  if (typeof value === 'boolean') return `${value}`;
  if (typeof value === 'string') return quoteJson(value);
  let text = '';
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) text += (i ? ',' : '') + toJson(value[i]);
    return `[${text}]`;
  }
  const keys = keysOf(value);
  for (let i = 0; i < keys.length; i++) {
    if (value[keys[i]] === undefined) continue;
    text += `${text ? ',' : ''}${quoteJson(keys[i])}:${toJson(value[keys[i]])}`;
  }
  return `{${text}}`;
}

const setTimer = uncurry(realm.setTimeout);
const later = (done, ms) => setTimer(here, done, ms);
const pause = (ms) => new PurePromise((done) => later(done, ms));
const computed = uncurry(realm.getComputedStyle);
// The time of the next frame. A page in the background draws nothing: the timer ends the wait then.
const requestFrame = uncurry(realm.requestAnimationFrame);
let framesSeen = 0;
const nextFrame = () => new PurePromise((done) => {
  framesSeen++;
  requestFrame(here, done);
  later(() => done(Infinity), 100);
});
