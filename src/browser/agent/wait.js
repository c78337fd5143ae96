// Waiting: look, and look again when something has changed, until the look has an answer or the time is over.
//
// Mutations of every tree and the events that mutations do not tell wake the wait; a slow timer is there for what nothing
// tells (fonts, style sheets, properties). A page that changes all the time is looked at no more than half of the time.

const observeTree = method('MutationObserver', 'observe'), disconnect = method('MutationObserver', 'disconnect');
const listen = method('EventTarget', 'addEventListener'), unlisten = method('EventTarget', 'removeEventListener');
const wakeful = ['input', 'change', 'focusin', 'focusout', 'scroll', 'resize', 'transitionend', 'transitionrun', 'animationend', 'load', 'toggle', 'hashchange', 'popstate', 'click', 'keyup'];
const everything = { subtree: true, childList: true, attributes: true, characterData: true };
const SLOW = 50;

function startWatch() {
  const watch = { known: new PureSet(), targets: [], wake: null, changed: true, changedAt: now(), observer: null };
  watch.noticed = () => {
    watch.changed = true;
    watch.changedAt = now();
    if (watch.wake) watch.wake();
  };
  watch.observer = new own.MutationObserver(watch.noticed);
  return watch;
}

// A frame that becomes another origin's in the middle of a look closes itself to it: what was about to be said of it is void.
function tolerant(act) {
  try {
    return act();
  } catch (error) {
    if (error && error.name === 'SecurityError') return null;
    throw error;
  }
}

async function lookOnce(look, guards, context) {
  try {
    if (context.watch) attach(context.watch);
    return testGuards(guards) || await look(context);
  } catch (error) {
    if (error && error.name === 'SecurityError') return { wait: 'a frame is changing' };
    throw error;
  }
}

// Attaches to trees that have come since the last look.
function attach(watch) {
  const all = treesIn(document);
  for (let i = 0; i < all.length; i++) {
    if (setHas(watch.known, all[i])) continue;
    setAdd(watch.known, all[i]);
    observeTree(watch.observer, all[i], everything);
    listenTo(watch, all[i]);
    if (typeOf(all[i]) === DOCUMENT) listenTo(watch, viewOf(all[i]));
  }
}

function listenTo(watch, target) {
  for (let i = 0; i < wakeful.length; i++) listen(target, wakeful[i], watch.noticed, { capture: true, passive: true });
  push(watch.targets, target);
}

function stopWatch(watch) {
  disconnect(watch.observer);
  for (let t = 0; t < watch.targets.length; t++) {
    tolerant(() => {
      for (let i = 0; i < wakeful.length; i++) unlisten(watch.targets[t], wakeful[i], watch.noticed, { capture: true });
    });
  }
}

// Resolves when something has changed or the slow timer strikes, but not before `rest` ms: a costly look rests longer.
async function nextChange(watch, rest, left) {
  const slow = min(max(SLOW, rest * 3), 80);
  if (rest > 0) await pause(min(rest, left));
  if (watch.changed) return;
  await new PurePromise((done) => {
    watch.wake = done;
    later(done, max(0, min(slow - rest, left)));
  });
  watch.wake = null;
}

// A call whose caller has given up (a dialog came between) must not act any more once the next one is there.
let latest = 0;

// `look(context)` is called anew at each look and answers with an object that has `is`, or with {wait: why, match?}; it may be
// async. The answer carries what the wait has cost.
async function waitFor(request, look) {
  const turn = ++latest, began = now(), guards = guardsOf(request), deadline = began + (request.deadline || 0);
  const context = { request, guards, turn, began, looks: 0, slowest: 0, last: null, settled: null, watch: null };
  try {
    for (;;) {
      if (turn !== latest) return finish({ is: 'superseded' }, context);
      if (barred !== null) return finish({ is: 'barred', to: barred }, context);
      const start = now();
      newLook();
      if (request.deadline > 0) {
        context.watch = context.watch || startWatch();
        context.watch.changed = false;
      }
      const answer = await lookOnce(look, guards, context);
      context.looks++;
      const took = now() - start;
      context.slowest = max(context.slowest, took);
      if (answer.is) return finish(answer, context);
      context.last = answer;
      const left = deadline - now();
      if (left <= 0) return finish(answer.end ? answer.end() : { is: 'timeout', why: explain(answer, context) }, context);
      await nextChange(context.watch, min(took, 200), left);
    }
  } finally {
    if (context.watch) stopWatch(context.watch);
  }
}

function finish(given, context) {
  const at = now(), answer = barred === null ? given : { is: 'barred', to: barred };
  answer.spent = { ms: at - context.began, looks: context.looks, slowest_ms: context.slowest };
  answer.seen_at = at;
  return answer;
}

// How long the page (or what matches in it) has been at rest, for telling several matches that stay from several that pass.
function isQuiet(context, matches) {
  const quiet = context.request.quiet === undefined ? 500 : context.request.quiet;
  if (!context.watch) return true;
  const same = context.settled && context.settled.matches.length === matches.length &&
    everyOf(matches, (match, i) => context.settled.matches[i].el === match.el);
  if (!same) context.settled = { matches, since: now() };
  if (readyStateOf(document) !== 'complete') return false;
  const still = now() - context.settled.since;
  return still >= quiet && (now() - context.watch.changedAt >= quiet || still >= quiet * 4);
}

// The one match of a locator, or what is to be answered or waited for instead.
function oneMatch(locator, purpose, context) {
  const found = resolve(locator, purpose);
  if (found.matches.length === 1) return { rank: found.rank, match: found.matches[0] };
  const subject = { locator, purpose, count: found.matches.length };
  if (found.matches.length === 0) return { answer: { wait: 'no match', subject } };
  if (isQuiet(context, found.matches)) return { answer: ambiguous(found.matches) };
  return { answer: { wait: 'several matches', subject, end: () => ambiguous(found.matches) } };
}

function ambiguous(matches) {
  return { is: 'ambiguous', count: matches.length, matches: mapList(sliceList(matches, 0, 8), (match) => shownMatch(match, '')) };
}
