// The small multiples: one day for all of them, by keyboard and pointer; the rows behind it; and the picture as PNG.
"use strict";
(function () {
  const WIDTH = 160, HEIGHT = 56, SVG = "http://www.w3.org/2000/svg";
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const many = document.querySelector(".many");
  const panels = [...many.querySelectorAll("[data-iso]")];
  const here = document.getElementById("here");
  const picture = document.getElementById("picture");

  // The numbers are fetched when somebody turns to them; to look at the lines needs none.
  function load() {
    many.loading ??= fetch(many.dataset.series).then(async (answer) => {
      if (!answer.ok) throw new Error(answer.status);
      const figure = await answer.json();
      many.first = figure.x0;
      many.series = Figure.decoded(figure);
    }).catch(() => {
      many.closest("figure").querySelector(".step").textContent = "The numbers could not be loaded. Load the page again; the table below has them.";
    });
    return many.loading;
  }

  function line(panel) {
    const svg = panel.querySelector("svg");
    return svg.querySelector("line") ?? svg.appendChild(document.createElementNS(SVG, "line"));
  }

  // The day of the cursor in every panel, in words, and in the address.
  function show(isPassing) {
    const on = Figure.day(many.first, many.cursor);
    const across = (many.cursor * WIDTH) / Math.max(many.series[0].values.length - 1, 1);
    for (const panel of panels) {
      const value = many.series.find((one) => one.iso === panel.dataset.iso)?.values[many.cursor] ?? null;
      for (const [name, at] of Object.entries({ x1: across, x2: across, y1: 0, y2: HEIGHT })) line(panel).setAttribute(name, at);
      panel.querySelector(".value").textContent = value === null ? "no value" : value.toFixed(many.dataset.decimals);
      panel.querySelector(".when").textContent = `on ${day.format(Date.parse(on))}`;
      panel.classList.toggle("picked", panel.dataset.iso === many.place);
    }
    Figure.say(many, many.first, many.place ? many.series.filter((one) => one.iso === many.place) : highest());
    if (isPassing !== true) keep(on);
  }

  function highest() {
    const value = (one) => one.values[many.cursor] ?? -Infinity;
    return [...many.series].sort((one, other) => value(other) - value(one)).slice(0, 3);
  }

  // In a frame the address is signed, and stays as it is.
  function keep(on) {
    const address = new URL(here.href);
    address.searchParams.set("on", on);
    here.href = address;
    if (!document.body.classList.contains("alone")) history.replaceState(null, "", address);
  }

  function pick(by) {
    const at = panels.findIndex((panel) => panel.dataset.iso === many.place);
    many.place = panels[at < 0 ? 0 : Math.min(Math.max(at + by, 0), panels.length - 1)].dataset.iso;
    many.cursor ??= many.series[0].values.length - 1;
    show();
  }

  async function key(event) {
    if (event.target !== many || !panels.length) return;
    if (!many.series) {
      // The first key may come before the numbers do; it counts, and the page stays where it is.
      if (/^(Arrow|Page|Home|End)/.test(event.key)) event.preventDefault();
      await load();
      if (!many.series) return;
    }
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      pick(event.key === "ArrowUp" ? -1 : 1);
    } else {
      Figure.step(many, event, many.first, many.series, show);
    }
  }

  async function point(event) {
    const svg = event.target.closest(".many svg");
    if (!svg) return;
    await load();
    if (!many.series) return;
    const box = svg.getBoundingClientRect();
    many.place = svg.closest("[data-iso]").dataset.iso;
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    many.cursor = Math.round(share * (many.series[0].values.length - 1));
    show(event.type === "pointermove");
    if (event.type === "click") Figure.explain(many, many.place, Figure.day(many.first, many.cursor));
  }

  async function restore(on) {
    await load();
    const offset = Math.round((Date.parse(on) - Date.parse(many.first)) / 864e5);
    if (!many.series || !(offset >= 0 && offset < many.series[0].values.length)) return;
    many.cursor = offset;
    show();
  }

  async function png() {
    const image = new Image();
    image.src = picture.href;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width * 2, height: image.height * 2 });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    Object.assign(document.createElement("a"), { href: canvas.toDataURL("image/png"), download: picture.download.replace(/svg$/, "png") }).click();
  }

  many.addEventListener("focus", load);
  many.addEventListener("keydown", key);
  many.addEventListener("click", point);
  many.addEventListener("pointermove", point);
  document.getElementById("png").addEventListener("click", png);
  const on = new URLSearchParams(location.search).get("on");
  if (on && panels.length) restore(on);
  many.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
})();
