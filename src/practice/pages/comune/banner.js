// The cookie banner of both portals: it covers the page and takes every click until it is answered.
(function () {
  "use strict";
  var cookie = document.currentScript.dataset.cookie;
  var chosen = document.cookie.split("; ").some(function (pair) {
    return pair.indexOf(cookie + "=") === 0;
  });
  if (chosen) return;

  var played = "{cambiamenti}".split(",");
  // The words: today's, others (D15), English (D23).
  var words = {
    title: "Informativa sui cookie",
    text: "Questo sito utilizza cookie tecnici e, previo consenso, cookie di profilazione.",
    all: "Accetta tutti",
    needed: "Solo necessari",
    choose: "Personalizza",
    technical: "Cookie tecnici (necessari)",
    profiling: "Cookie di profilazione",
    save: "Salva preferenze"
  };
  if (played.indexOf("D15") >= 0) {
    words.title = "La tua privacy e i cookie";
    words.text = "Noi e i nostri partner utilizziamo cookie e tecnologie simili per far funzionare il sito e mostrarti contenuti su misura.";
    words.all = "Accetta e prosegui";
    words.needed = "Rifiuta e continua";
    words.choose = "Gestisci le preferenze";
  }
  if (played.indexOf("D23") >= 0) {
    words = {
      title: "Cookie notice",
      text: "This site uses technical cookies and, with your consent, profiling cookies.",
      all: "Accept all",
      needed: "Only necessary",
      choose: "Customise",
      technical: "Technical cookies (necessary)",
      profiling: "Profiling cookies",
      save: "Save preferences"
    };
  }

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
      element("label", {}, [technical, " " + words.technical]),
      element("label", {}, [profiling, " " + words.profiling])
    );
    commands.replaceChildren(button(words.save, true, function () {
      choose(profiling.checked ? "tutti" : "necessari");
    }));
  }

  var choices = element("div", { className: "cookie-scelte" });
  var commands = element("div", { className: "cookie-comandi" }, [
    button(words.all, true, function () { choose("tutti"); }),
    button(words.needed, false, function () { choose("necessari"); }),
    button(words.choose, false, customise)
  ]);
  var title = element("h2", { id: "cookie-titolo", textContent: words.title });
  var text = element("p", { textContent: words.text });
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
