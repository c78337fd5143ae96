// The gate: a press is held against the same question once more as it comes.
//
// Between the moment in which an element was found ready and the one in which the pointer goes down the page may open, shift or
// close something, not least because the pointer has come over it. So the press itself is looked at, in the page and before the
// page hears of it: the element must still be the one match, enabled, and what the pointer meets; no state may have come; its
// form must go where it went, and the fields must hold the secrets that were filled into them. Otherwise nothing of that press
// reaches the page.
//
// A gate stands in a world of ours alone: it must outlive the call that set it up.

const pressEvents = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'dblclick'];
const pathOf = method('Event', 'composedPath'), undo = method('Event', 'preventDefault'), silence = method('Event', 'stopImmediatePropagation');

// {turn, guards, again, spare, submits, ticks, views, held: null until a press came, then '' or why it was held, came: its waker}
let gate = null;

const onlyOf = ({ matches }) => (matches.length === 1 ? matches[0] : null);

// Sets the gate up for an element found ready, where the caller will press it. `again` finds the one match anew, or null.
function expectPress({ request, guards, turn }, match, spot, again) {
  removeGate();
  if (request.gate !== true) return false;
  const views = [], trees = allTrees(document).trees;
  for (let i = 0; i < trees.length; i++) if (typeOf(trees[i]) === DOCUMENT) push(views, viewOf(trees[i]));
  gate = { turn, guards, again, spare: spot.spare === true, submits: goesTo(match.el), ticks: isTick(match.el), views, held: null, came: null };
  for (let v = 0; v < views.length; v++) for (let i = 0; i < pressEvents.length; i++) listen(views[v], pressEvents[i], onPress, { capture: true, passive: false });
  return true;
}

function removeGate() {
  const views = gate ? gate.views : [];
  for (let v = 0; v < views.length; v++) tolerant(() => { for (let i = 0; i < pressEvents.length; i++) unlisten(views[v], pressEvents[i], onPress, { capture: true }); });
  gate = null;
}

function onPress(event) {
  // The page hears of a press with its own words on it.
  takeBack();
  if (gate === null || !event.isTrusted) return;
  if (gate.turn !== latest) return removeGate();
  if (gate.held === null) {
    gate.held = objection(event);
    if (gate.held === '' && !gate.ticks) forgetFilled();
    if (gate.came) gate.came();
  }
  if (gate.held === '') return;
  undo(event);
  silence(event);
}

// What stands against the press, or ''.
function objection(event) {
  try {
    const altered = alteredField();
    if (altered !== null) return `${naming(altered)} no longer held what was filled into it`;
    newLook();
    const met = testGuards(gate.guards);
    if (met) return 'a state or an interrupt had come';
    const match = gate.again();
    if (match === null) return 'it was no longer there';
    if (isDisabled(match.el)) return 'it was disabled';
    const hit = pathOf(event)[0], verdict = isElement(hit) ? judge(hit, match.proxy || match.el, match) : 'other';
    if (verdict !== 'good' && !(verdict === 'spare' && gate.spare)) return isElement(hit) ? `${naming(hit)} was in its place` : 'nothing was in its place';
    return goesTo(match.el) === gate.submits ? '' : 'its form would go elsewhere';
  } catch (error) {
    return `the page could not be looked at: ${error && error.message}`;
  }
}

const isTick = (el) => inputType(el) === 'checkbox' || inputType(el) === 'radio';

function goesTo(el) {
  const form = formOf(el);
  return form ? submitOrigin(form, el) : null;
}

// What became of the press that was just sent. A page that leaves by a timer of no delay leaves before this is answered.
async function answerPressed() {
  await pause(0);
  if (barred !== null) return { is: 'pressed', outcome: 'barred', to: barred };
  if (gate === null) return { is: 'pressed', outcome: 'arrived' };
  if (gate.held === null) await new PurePromise((done) => { gate.came = done; later(done, 2000); });
  const held = gate.held;
  removeGate();
  if (held === null) return { is: 'pressed', outcome: 'missed' };
  return held === '' ? { is: 'pressed', outcome: 'arrived' } : { is: 'pressed', outcome: 'held', why: held };
}
