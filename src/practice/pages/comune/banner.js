// The cookie banner of both portals: it covers the page and takes every click until it is answered.
(function () {
  "use strict";
  var cookie = document.currentScript.dataset.cookie;
  var chosen = document.cookie.split("; ").some(function (pair) {
    return pair.indexOf(cookie + "=") === 0;
  });
  if (chosen) return;

  function element(name, properties, children) {
    var made = Object.assign(document.createElement(name), properties);
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }

  function choose(value) {
    document.cookie = cookie + "=" + value + "; path=/; max-age=15552000; samesite=lax";
    veil.remove();
  }

  function button(text, full, action) {
    var made = element("button", { type: "button", textContent: text });
    if (full) made.className = "pieno";
    made.addEventListener("click", action);
    return made;
  }

  function customise() {
    var profiling = element("input", { type: "checkbox", id: "cookie-profilazione" });
    var technical = element("input", { type: "checkbox", checked: true, disabled: true });
    choices.replaceChildren(
      element("label", {}, [technical, " Cookie tecnici (necessari)"]),
      element("label", {}, [profiling, " Cookie di profilazione"])
    );
    commands.replaceChildren(button("Salva preferenze", true, function () {
      choose(profiling.checked ? "tutti" : "necessari");
    }));
  }

  var choices = element("div", { className: "cookie-scelte" });
  var commands = element("div", { className: "cookie-comandi" }, [
    button("Accetta tutti", true, function () { choose("tutti"); }),
    button("Solo necessari", false, function () { choose("necessari"); }),
    button("Personalizza", false, customise)
  ]);
  var title = element("h2", { id: "cookie-titolo", textContent: "Informativa sui cookie" });
  var text = element("p", {
    textContent: "Questo sito utilizza cookie tecnici e, previo consenso, cookie di profilazione."
  });
  var box = element("div", { className: "cookie-riquadro", tabIndex: -1 }, [title, text, choices, commands]);
  var veil = element("div", { className: "cookie-velo" }, [box]);
  veil.setAttribute("role", "dialog");
  veil.setAttribute("aria-modal", "true");
  veil.setAttribute("aria-labelledby", "cookie-titolo");
  function show() {
    document.body.append(veil);
    box.focus();
  }

  var delay = Number("{ritardo}");
  if (delay > 0) setTimeout(show, delay);
  else show();
})();
