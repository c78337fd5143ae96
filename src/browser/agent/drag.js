// Dragging as HTML5 has it, by events of ours: for the browser whose driver cannot start a native drag.

const isDraggable = getter('HTMLElement', 'draggable');

// One look: both ends have just been found ready. Says whether there was anything to drag in this way.
function answerDrop(request) {
  const from = onlyMatch(request.locator, 'drag'), to = onlyMatch(request.to, 'hover');
  const source = from && closest(from, (el) => isDraggable(el) === true);
  if (!source || !to) return { is: 'decided', holds: false };
  const carried = new DataTransfer();
  const tell = (el, type) => el.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, composed: true, dataTransfer: carried, ...middleOf(el) }));
  if (!tell(source, 'dragstart')) return { is: 'decided', holds: true };
  tell(source, 'drag');
  tell(to, 'dragenter');
  // A target takes what it is given only where it has said so by keeping its own default from happening.
  if (!tell(to, 'dragover')) tell(to, 'drop');
  else tell(to, 'dragleave');
  tell(source, 'dragend');
  return { is: 'decided', holds: true };
}

function onlyMatch(locator, need) {
  const { matches } = resolve(compileLocator(locator), need);
  return matches.length === 1 ? matches[0].el : null;
}

function middleOf(el) {
  const { x, y, width, height } = el.getBoundingClientRect();
  return { clientX: x + width / 2, clientY: y + height / 2 };
}
