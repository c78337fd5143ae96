// What only the page itself can do of the changes that are played; it is served with them and never without.
(function () {
  "use strict";

  function each(what, action) {
    Array.prototype.forEach.call(document.querySelectorAll(what), action);
  }

  // D17: two seconds until a button may be pressed.
  each("[data-attesa]", function (button) {
    setTimeout(function () { button.disabled = false; }, Number(button.dataset.attesa));
  });

  // D27: three seconds until an error is gone.
  each("[data-nota]", function (note) {
    setTimeout(function () { note.remove(); }, 3000);
  });

  // E8
  each("[role=tab]", function (tab) {
    tab.addEventListener("click", function () {
      each("[role=tab]", function (other) {
        other.setAttribute("aria-selected", String(other === tab));
        document.getElementById(other.getAttribute("aria-controls")).style.display = other === tab ? "" : "none";
      });
    });
  });

  // E9
  each("[data-chiudi]", function (button) {
    button.addEventListener("click", function () { button.closest("[role=dialog]").parentNode.remove(); });
  });

  // D16: nobody is ever believed.
  each("[data-captcha]", function (box) {
    box.addEventListener("click", function () {
      box.parentNode.lastChild.textContent = "Verifica non riuscita";
    });
  });

  // D31
  each("[data-cifra], [data-cancella]", function (key) {
    key.addEventListener("click", function () {
      var field = key.parentNode.parentNode.querySelector("input");
      field.value = key.hasAttribute("data-cifra") ? field.value + key.textContent : "";
    });
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
