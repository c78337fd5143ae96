// The page script's front door: the protocol, the table of operations, and the one place that catches everything.
//
// The files of this folder, in the order in which `browser::page` lists them, stand in ONE expression:
//
//     (() => { …realm.js …… main.js; return answer })()      whose value is `async (requestJson) => answerJson`
//
// It runs in an isolated world (CDP world, BiDi sandbox) or, through classic execute, in the page's own world.
// Evaluated once per document in a world of ours, anew for each call in the page's own. Between calls it keeps nothing that it
// could not live without (which call is the latest, which fields were given a secret), leaves nothing on the page (but for
// `freeze`), never throws, and needs neither eval nor innerHTML nor <style>, so strict CSP and Trusted Types do not matter.
//
// REQUEST   { op, …keys of the op, and for all ops: }
//   deadline  ms from now within which to answer; 0 or absent: one look. Keep it below the driver's own.
//   guards    the JSON text of { states: [{id, when: Condition}], interrupts: [{id, when: Condition}] }, tested at every look
//             before the op's own target, states first, each list in its order. May be absent.
//   guards_id the number of that text: a text of the same number need not be sent again to the same document
//   quiet     ms without any change after which several matches are called ambiguous at once (default 500)
//   Locator, Condition, Text: the serde JSON of src/locator.rs.
//   gate      true: the caller will press what is found ready; the press is then looked at as it comes, see press.js
//
//
// ANSWER    { is, …, spent: {ms, looks, slowest_ms}, seen_at }   seen_at: ms since 1970, when the answer was decided
//   any op may answer
//     state      {id, text}       a declared state holds; text: the visible words that matched, at most 200 characters
//     interrupt  {id}
//     timeout    {why: Explained} the deadline passed
//     ambiguous  {count, matches: [Match]}   several visible matches and the page has been quiet
//     unknown-guards {}           a number without a text that this document was never given: ask again with it
//     barred     {to}             a form with a secret was about to go to another origin than the flow's: nothing of it was sent
//     superseded {}             a later call has come to this document: this one acts no more
//     invalid    {message}        a wrong css, xpath, regex, op or request: no use to wait
//     broken     {message, stack} a fault of this script
//   Explained = { waited_ms, looked_for, count, matches: [Match], elsewhere: [text], nearest: [{role, name, score}],
//                 sentence }      count: visible matches; matches: at most 8, hidden ones too; sentence: one line for people
//   Match     = { css, role, name, why }   why: "" (nothing against it) | "hidden" | "covered by <css> “text”" | "disabled" |
//                 "readonly" | "moving" | "0 size" | "outside the viewport" | "inert"
//   Known     = what an element is known by, see known.js; src/record/fingerprint.rs
//   Element   = { tag, type, role, name, id, css, text, disabled, checked, required, readonly, expanded, href,
//                 label, placeholder, form, submits, carries, test_id, classes, boxes, secret, frame, known: Known }
//                 null where it does not apply; never a value, and names without the values of fields inside them; label: of <label>
//                 and ARIA alone; submits: the origin to which its form would go; carries: that form
//                 holds a filled field that nobody must see; boxes: how many one-character boxes it is
//   Point, Rect = {x, y}, {x, y, width, height}: CSS px in the viewport of the outermost document this script could reach,
//                 which is the top-level one unless `framed` is true (a cross-origin frame: the caller adds its offset)
//   Place     = { point, rect, origin, top, framed, viewport: {width, height} }   origin: of the element's document; top: of the
//                 top-level document, null when it cannot be known from here
//   `ready` everywhere = { is: "ready", element: Element, rank, via, gated, ...Place }   rank: which target of the chain, from 0;
//                 via: "name" | "placeholder" | "after" | "text" | "" how a field or control was found
//
// OPS
//   locate    {locator, need, cover?}     cover: {masks, highlight}, asked for and frozen as by `cover` once the element is ready: its
//               answer comes along as `cover`. need: click | hover | drag | scroll | upload | read | picture | focus | fill | check | select
//               -> ready, when exactly one match is visible, stable, in view, uncovered, and enabled where need acts on it.
//               scroll, upload, read, picture ask for less: any size, not enabled, not uncovered. upload takes hidden file inputs.
//   fill      {locator, value, secret, clear=true, origins?, top?}   value: text; origins: ["https://host:port"]; top: the top-level
//               origin, as the caller knows it, used only where the script cannot know
//               -> filled   {element, rank, via, origin, ok: true, reformatted}   reformatted: a mask added separators
//                  mismatch {element, rank, via, got_length, hint}   hint: "maxlength 6" | "leading zero dropped" | "emptied by the page" |
//                           "characters refused" | "changed by the page" | "wants yyyy-mm-dd" …; the field is left as it is
//                  needs-keys {element, rank, via, ...Place, boxes}   focused and emptied, type it by real keys and then `verify`
//                  origin   {top, frame}   not both in `origins`; nothing was touched
//                  literal-in-password {element}   secret is false and the field is a password's; nothing was touched
//                  readonly {element}      it is and stays read-only (waits for it, as for a disabled one)
//                  not-a-field {element}
//   focus     {locator, secret?, origins?, top?}   -> ready (focused, caret at the end), or origin, literal-in-password, readonly, not-a-field
//   typing    {origins, top?}  -> met | origin {top, frame}   whether keys sent now would come to a page of these origins
//   verify    {locator, value, secret}     -> filled | mismatch   reads back only; waits until it agrees or the deadline
//   check, uncheck {locator}    -> already {element, rank, via, words} | ready {words}, whose point is what a person would click (the label of
//               a hidden box); words: all that is written for a box to be ticked
//   select    {locator, value}  value: Text
//               -> selected {element, rank, via, text} | ready {custom: true} to be clicked, then `option`
//                  | no-option {options: [text]} at the deadline
//   option    {value}           value: Text   -> ready: the option of that name in the opened list
//   expect    {condition}       -> met {element}   waits; element: what the one locator of the condition found first
//   test      {condition}       -> decided {holds}      one look, whatever the deadline
//   value     {locator, value}  value: Text, compared with the field's value (or visible text)  -> met
//   checked   {locator, checked: bool}   -> met        count {locator, count}   -> met
//   address   {value}           value: Text, compared with path + query + hash   -> met {address}
//   read      {locator, all}    -> text {text, element, rank, via} | list {texts, rank} | rows {header, rows, rank}
//               text: for `after` what visually follows; rows (all, and the one match is a table): objects keyed by the header cells;
//               a secret field -> refused {element}
//   frame     {locator}         the frame that a `within = {frame}` means: locator is that inner one
//               -> frame {index, same_origin, src, name, ...Place}   index: in window.frames of its own document, null in a shadow
//                  tree; rect: its content box
//   element   {locator, need?, window?}   answers with the live ELEMENT itself (window: true: its contentWindow) and not with JSON; one
//               look, no guards; need picks what matches as in locate; where there is not exactly one: a JSON string as ever
//   cover     {masks: [Locator], highlight: [Locator], outline?: bool, freeze?: bool, words?: bool, lines?: bool, after_change?: ms, stretches?: [[from, to]],
//               personal?: [[from, to]]}
//               words: `text` is what can be read on the page, fields' values too (null when that is too long), in which whoever knows
//               the secrets finds them; stretches of it, in UTF-16 units, come as `words: [Rect]`, others as `personal`; lines: with
//               line breaks where blocks end, at the same places; after_change: waits so long for the page to change
//               outline: the page in outline comes along, as `outline`
//               -> cover {text, words: [Rect], fields: [Rect], masks: [Rect], highlight: [Rect], missing: [shown], viewport: {width, height}, page: {width,
//                  height}, dpr, scroll: {x, y}, frozen}   rects clipped to the viewport; missing: masks and highlights without a match;
//                  freeze true pauses animations and hides carets, false undoes that, absent leaves all as it is
//   stage     {…keys of cover, stand_ins: [[from, to, text]], typed: [{locator, need, secret}], marks: [{locator, need}], fonts: ms}
//               the page as a guide shows it, see stage.js: the stand-ins have taken the place of what stood there, until any other call
//               -> cover {…as of cover, under the stand-ins; fields: those that cannot be painted, staged: {was, replaced: [[Rect]],
//                  fields: [Field], marks: [Rect|null], painted: [[from, to]]}}   was: `text` before; replaced: by stand-in; marks: null where
//                  not exactly one is in sight; painted: what of `text` no picture shows, for it is painted over or covered
//               Field = {place, text, size, ink, paper, align, hidden, filled, doubtful, value, by, box}   place: to be painted over with paper;
//                  text: where its letters run; hidden: a secret, value null; doubtful: perhaps one; by: which of `typed`; box: {at, of, value} of a code's box
//   staged    {the same}        -> cover   the same look once more; then the page has its own words again and moves on
//   structure {limit=65536}     -> structure {text}     the page as a reader of its accessibility tree meets it; no field values
//   outline   {}                -> outline {outline}       what one can do on the page, in reading order, see outline.js
//   elements  {}                -> elements {elements: [Known]}   everything on the page that a step could mean
//   drop      {locator, to}     -> decided {holds}   holds: the first was draggable and was dropped on the second, see drag.js
//   pressed   {}                -> pressed {outcome: "arrived" | "held" | "missed" | "barred", why, to}   after a gated press; held: nothing of it
//               reached the page; missed: no press came to a document that this script can reach
//   portal    {date: bool}      -> portal {address, status, date}   see portal.js
//   mutate    only in the script that is made for it, see mutate.js
//   names     {selector}        -> names {items: [{tag, id, n, role, name}]}   roles and names as computed here; for tests and `doctor`

// All that is remembered is remembered for one look at one state of the page.
function newLook() {
  forgetSight();
  forgetModals();
  forgetRoles();
  forgetNames();
  forgetFlows();
  forgetTrees();
  forgetBoxes();
}

// An op that waits for one thing that a locator means: compiled once, looked for at every look.
const waiting = (look) => (request) => {
  const locator = request.locator ? compileLocator(request.locator) : null;
  return waitFor(request, (context) => look(request, locator, context));
};

function needing(key, run) {
  return (request) => {
    if (request[key] === undefined) throw new Invalid(`${request.op} needs \`${key}\``);
    return run(request);
  };
}

const operations = {
  __proto__: null,
  locate: needing('locator', waiting(lookLocate)), fill: needing('locator', needing('value', waiting(lookFill))), focus: needing('locator', waiting(lookFocus)),
  verify: needing('locator', needing('value', waiting(lookVerify))), check: needing('locator', waiting(lookCheck)), uncheck: needing('locator', waiting(lookCheck)),
  select: needing('locator', needing('value', waiting(lookSelect))), option: needing('value', waiting(lookOption)),
  value: needing('locator', needing('value', waiting(lookValue))), checked: needing('locator', waiting(lookChecked)),
  count: needing('locator', needing('count', waiting(lookCount))), address: needing('value', waiting(lookAddress)),
  read: needing('locator', waiting(lookRead)), frame: needing('locator', waiting(lookFrame)),
  expect: needing('condition', answerExpect), test: needing('condition', answerTest),
  element: needing('locator', answerElement), cover: answerSettled, stage: answerStage, staged: answerStaged, structure: answerStructure, outline: answerOutline, elements: answerElements, names: needing('selector', answerNames),
  typing: lookTyping, pressed: answerPressed, portal: answerPortal, drop: needing('locator', needing('to', answerDrop)),
};

function answerExpect(request) {
  const condition = compileCondition(request.condition);
  return waitFor(request, () => lookExpect(request, condition));
}

function answerTest(request) {
  const condition = compileCondition(request.condition);
  return waitFor({ ...request, deadline: 0 }, () => ({ is: 'decided', holds: condition() !== null }));
}

// The live element, which only WebDriver and BiDi know to carry.
function answerElement(request) {
  const locator = compileLocator(request.locator), { matches } = resolve(locator, request.need || 'any');
  if (matches.length > 1) return ambiguous(matches);
  if (!matches.length) return { is: 'timeout', why: explain({ subject: { locator, purpose: 'any', count: 0 } }, { began: now() }) };
  return { live: request.window ? matches[0].el.contentWindow : matches[0].el };
}

function answerNames({ selector }) {
  const items = [], all = attempt(() => queryAll(document, selector), `not a CSS selector: ${selector}`);
  for (let i = 0; i < all.length; i++) push(items, { tag: tagOf(all[i]), id: idOf(all[i]), n: attr(all[i], 'data-n'), ...exposed(all[i]) });
  return { is: 'names', items };
}

// Role and name as the browsers tell them: nothing for what their accessibility tree leaves out.
function exposed(el) {
  const drawn = closest(el, (it) => tagOf(it) === 'select' || tagOf(it) === 'map') || el;
  const kept = checkVisibility(drawn, { visibilityProperty: true }) && isReachable(el);
  return kept ? { role: roleOf(el), name: nameOf(el) } : { role: 'none', name: '' };
}

async function run(request) {
  forgetGenerated();
  if (request.op !== 'staged') takeBack();
  newLook();
  const operation = operations[request.op];
  if (!operation) throw new Invalid(`no operation ${request.op}`);
  return operation(request);
}

async function answer(requestJson) {
  try {
    const given = await run(parseJson(requestJson));
    return given.live || toJson(given);
  } catch (error) {
    if (error instanceof UnknownGuards) return toJson({ is: 'unknown-guards' });
    if (error instanceof Invalid) return toJson({ is: 'invalid', message: error.message });
    return toJson({ is: 'broken', message: `${error && error.message}`, stack: `${error && error.stack}` });
  }
}
