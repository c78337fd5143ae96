// What only the page itself can do of the changes that are played; it is served with them and never without. It stands in
// the head, so that whatever is clicked was listened to from the first moment.
(function () {
  "use strict";

  // A click on whatever has this mark.
  function clicked(mark, action) {
    document.addEventListener("click", function (event) {
      var found = event.target.closest(mark);
      if (found) action(found);
    });
  }

  // So long after the page is there.
  function after(milliseconds, what, action) {
    document.addEventListener("DOMContentLoaded", function () {
      setTimeout(function () { document.querySelectorAll(what).forEach(action); }, milliseconds);
    });
  }

  // D17
  after(2000, "[data-attesa]", function (button) { button.disabled = false; });

  // D27
  after(3000, "[data-nota]", function (note) { note.remove(); });

  // E8
  clicked("[role=tab]", function (tab) {
    document.querySelectorAll("[role=tab]").forEach(function (other) {
      other.setAttribute("aria-selected", String(other === tab));
      document.getElementById(other.getAttribute("aria-controls")).style.display = other === tab ? "" : "none";
    });
  });

  // E9
  clicked("[data-chiudi]", function (button) { button.closest("[role=dialog]").parentNode.remove(); });

  // D16: nobody is ever believed.
  clicked("[data-captcha]", function (box) { box.parentNode.lastChild.textContent = "Verifica non riuscita"; });

  // D31
  clicked("[data-cifra], [data-cancella]", function (key) {
    var field = key.parentNode.parentNode.querySelector("input");
    field.value = key.hasAttribute("data-cifra") ? field.value + key.textContent : "";
  });

  // D12: from box to box, and a pasted code over all of them.
  function isBox(element) {
    return element.tagName === "INPUT" && element.maxLength === 1;
  }
  function boxesOf(box) {
    return Array.prototype.filter.call(box.parentNode.querySelectorAll("input"), isBox);
  }
  document.addEventListener("input", function (event) {
    var box = event.composedPath()[0];
    if (!isBox(box) || !box.value) return;
    var boxes = boxesOf(box);
    var next = boxes[boxes.indexOf(box) + 1];
    if (next) next.focus();
  });
  document.addEventListener("paste", function (event) {
    var box = event.composedPath()[0];
    if (!isBox(box)) return;
    event.preventDefault();
    var letters = event.clipboardData.getData("text").trim().split("");
    boxesOf(box).forEach(function (one, place) {
      one.value = letters[place] || "";
      one.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    });
  });
})();
