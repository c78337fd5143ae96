// Conditions, and the states and interrupts that are tested before everything else at every look.

// A compiled condition: () => null when it does not hold, else {text}, the visible words that show it.
function compileCondition(condition) {
  if (condition && condition.locator) return locatorHolds(compileLocator(condition.locator));
  if (!condition || !condition.group) throw new Invalid('a condition is a locator or a group');
  const all = mapList(condition.group.all || [], compileCondition), any = mapList(condition.group.any || [], compileCondition);
  const none = mapList(condition.group.none || [], compileCondition);
  return () => groupHolds(all, any, none);
}

function groupHolds(all, any, none) {
  let text = '';
  for (let i = 0; i < all.length; i++) {
    const held = all[i]();
    if (!held) return null;
    text = text || held.text;
  }
  let chosen = null;
  for (let i = 0; i < any.length && !chosen; i++) chosen = any[i]();
  if (any.length && !chosen) return null;
  for (let i = 0; i < none.length; i++) if (none[i]()) return null;
  return { text: text || (chosen ? chosen.text : '') };
}

function locatorHolds(locator) {
  return () => {
    for (let i = 0; i < locator.targets.length; i++) {
      const target = locator.targets[i];
      const held = target.by === 'text' && !target.within && !target.nth && !target.name.exact ? textHolds(target) : matchHolds(target);
      if (held) return held;
    }
    return null;
  };
}

// The common case at its cheapest: one search in the page's text.
function textHolds(target) {
  const flow = flowOf(document), hits = target.name.hits(flow);
  for (let i = 0; i < hits.length; i++) if (isStretchSeen(flow, hits[i][0], hits[i][1])) return { text: lineOf(flow, hits[i][0], hits[i][1]) };
  return null;
}

function matchHolds(target) {
  const matches = matchesOf(target, 'any', false);
  return matches.length ? { text: brief(matches[0].text || visibleText(matches[0].el) || nameOf(matches[0].el), 200) } : null;
}

// The line in which the words stand, for the message of a portal is more than the words that a flow looks for.
function lineOf(flow, from, to) {
  let start = from, end = seek(flow.lines, '\n', to);
  while (start > 0 && flow.lines[start - 1] !== '\n' && from - start < 120) start--;
  if (end < 0) end = flow.lines.length;
  return brief(trim(cut(flow.text, start, end)), 200);
}

// They are the same for many looks, and long: their text comes once, is compiled once, and is called by its number after that.
let lastGuards = { id: null, compiled: null };

class UnknownGuards extends PureError {}

function guardsOf({ guards: text = null, guards_id: id = null }) {
  if (id !== null && id === lastGuards.id) return lastGuards.compiled;
  if (id !== null && text === null) throw new UnknownGuards();
  const compiled = compileGuards(text && parseJson(text));
  if (id !== null) lastGuards = { id, compiled };
  return compiled;
}

function compileGuards(guards) {
  const compile = (list) => mapList(list || [], ({ id, when }) => ({ id, holds: compileCondition(when) }));
  return { states: compile(guards && guards.states), interrupts: compile(guards && guards.interrupts) };
}

function testGuards(guards) {
  for (let i = 0; i < guards.states.length; i++) {
    const held = guards.states[i].holds();
    if (held) return { is: 'state', id: guards.states[i].id, text: held.text };
  }
  for (let i = 0; i < guards.interrupts.length; i++) {
    if (guards.interrupts[i].holds()) return { is: 'interrupt', id: guards.interrupts[i].id };
  }
  return null;
}
