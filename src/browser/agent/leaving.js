// What leaves the page: a form that holds a secret goes to the flow's own origins or nowhere.
//
// The press is refused before it is sent where its form would go elsewhere; but a form can be sent without a press of ours, and
// the page may change where it goes when it hears of one. So each document that was given a secret is listened to as well: a
// submission that would take the secret elsewhere is stopped, and one that can no longer be stopped goes out empty.

const formOfButton = getter('HTMLButtonElement', 'form'), formOfInput = getter('HTMLInputElement', 'form');
const controlsOf = getter('HTMLFormElement', 'elements'), countOf = getter('HTMLCollection', 'length');
const dropEntry = method('FormData', 'delete'), setAttr = method('Element', 'setAttribute');

// The origins to which secrets may go; null as long as this script has put none in.
let ownOrigins = null;
// {form, by}: what was pressed in the form that is being sent.
let sending = null;
// Where a form with a secret would have gone; the next look tells it.
let barred = null;

function guardLeaving(el, origins) {
  const view = viewOf(documentOf(el));
  ownOrigins = origins || ownOrigins;
  if (!origins) return;
  // At the beginning, and once more at the end, after the page's own listeners. Anew for each secret: a frame's window stays
  // when its document goes, and listeners go with the document.
  for (let i = 0; i < 2; i++) {
    relisten(view, 'submit', onSubmit, { capture: i === 0 });
    relisten(view, 'formdata', onFormData, { capture: i === 0 });
  }
}

function relisten(target, type, listener, options) {
  unlisten(target, type, listener, options);
  listen(target, type, listener, options);
}

function onSubmit(event) {
  const form = pathOf(event)[0], by = event.submitter || null;
  sending = { form, by };
  if (event.defaultPrevented) return;
  const to = submitOrigin(form, by || form);
  if (has(ownOrigins, to) || !carriesSecret(form)) return;
  barred = to === null ? 'nowhere' : to;
  undo(event);
  silence(event);
}

function onFormData(event) {
  const form = pathOf(event)[0], by = sending && sending.form === form ? sending.by : null;
  const to = submitOrigin(form, by || form);
  if (has(ownOrigins, to) || !carriesSecret(form)) return;
  barred = to === null ? 'nowhere' : to;
  const data = event.formData, controls = controlsOf(form);
  for (let i = 0; i < countOf(controls); i++) {
    const name = attr(controls[i], 'name');
    if (name) dropEntry(data, name);
  }
  // Firefox asks only now where it goes; Chromium has asked already, and sends it empty.
  setAttr(form, 'action', 'javascript:void 0');
  if (by) setAttr(by, 'formaction', 'javascript:void 0');
}

// Whether a form holds a filled field that nobody must see.
function carriesSecret(form) {
  const controls = controlsOf(form);
  for (let i = 0; i < countOf(controls); i++) {
    const tag = tagOf(controls[i]);
    if ((tag === 'input' || tag === 'textarea') && valueOf(controls[i]) !== '' && isSecret(controls[i])) return true;
  }
  return false;
}

// The form that a control sends: the one that it names, or stands in.
function formOf(el) {
  const tag = tagOf(el), named = tag === 'button' ? formOfButton(el) : tag === 'input' ? formOfInput(el) : null;
  return named || closest(el, (it) => tagOf(it) === 'form');
}

// Whether keys that are sent now would still come to a page of the flow.
async function lookTyping(request) {
  // The focus comes into a frame of another process in the browser's own time, and gets lost where that has just begun.
  const until = now() + (request.deadline || 0);
  while (isFramed() && !document.hasFocus() && now() < until) {
    here.focus();
    await pause(50);
  }
  let active = activeInDocument(document);
  for (let shadow = active && shadowOf(active); shadow; shadow = active && shadowOf(active)) active = activeInShadow(shadow);
  const inner = active && isFrame(active) ? innerDocument(active) : null, place = inner || document;
  const top = topOrigin() || request.top || null, frame = originOf(place);
  const away = (active && isFrame(active) && !inner) || (isFramed() && !document.hasFocus());
  if (away || !has(request.origins, frame) || !has(request.origins, top)) return { is: 'origin', top, frame: away ? 'a frame of another origin' : frame };
  return { is: 'met' };
}
