// Says so when live updates are off. Panels then go on by polling; nothing here moves a rollout.
(function () {
  "use strict";
  function show(isOff) {
    var line = document.getElementById("live");
    if (line) {
      line.hidden = !isOff;
    }
  }
  var timer = 0;
  document.addEventListener("htmx:sseError", function () {
    // A short break is none: the browser connects again by itself.
    timer = timer || window.setTimeout(show, 4000, true);
  });
  document.addEventListener("htmx:sseOpen", function () {
    window.clearTimeout(timer);
    timer = 0;
    show(false);
  });
  document.addEventListener("keydown", function (event) {
    var menu = document.querySelector("details.menu[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
