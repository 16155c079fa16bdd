// Draws comparisons. One axis for all places; whole numbers come over the wire and are scaled here.
"use strict";
(function () {
  const DAY = 864e5;
  // Distinct in light and dark, and for most who don't tell red from green; none is the portal's blue or green.
  const LINES = ["#b4552d", "#6b5bb0", "#1f8a8c", "#c08a1e", "#b03a6f", "#5f7a2f", "#3f74a8", "#8a5a44", "#7a7f86"];

  function colour(name) {
    const probe = document.createElement("span");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function decoded(figure) {
    return figure.series.map((one) => ({
      ...one, values: one.values.map((value) => (value === figure.missing ? null : value / figure.scale)),
    }));
  }

  function traces(element, figure) {
    const start = Date.parse(`${figure.x0}T00:00:00Z`);
    const isAligned = element.dataset.align !== "0";
    const isLog = element.dataset.scale === "log";
    return element.series.filter((one) => !isAligned || one.start !== null).map((one, index) => ({
      type: "scatter", mode: "lines", name: one.name, iso: one.iso,
      x: one.values.map((_, day) => (isAligned ? day - one.start : new Date(start + day * DAY).toISOString().slice(0, 10))),
      // A logarithm has no place for nothing.
      y: isLog ? one.values.map((value) => (value > 0 ? value : null)) : one.values,
      line: { color: LINES[index % LINES.length], width: 2.25, dash: index >= LINES.length ? "dash" : "solid" },
      hovertemplate: "%{y:,.4~g}<extra>%{fullData.name}</extra>",
    }));
  }

  function layout(element, figure) {
    const axis = { color: colour("soft"), gridcolor: colour("line"), zerolinecolor: colour("line"), automargin: true, tickfont: { size: 12 } };
    const isAligned = element.dataset.align !== "0";
    const across = isAligned
      ? { ...axis, title: { text: `days since ${element.dataset.align} cases` }, rangemode: "nonnegative" }
      : { ...axis, type: "date", showgrid: false, hoverformat: "%A, %-d %B %Y" };
    return {
      autosize: true, margin: { l: 6, r: 6, t: 6, b: 30 }, hovermode: "x unified", dragmode: "zoom", showlegend: true,
      legend: { orientation: "h", y: -0.16, x: 0, font: { size: 13 } }, uirevision: "the reader's zoom stays",
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, color: colour("ink") },
      hoverlabel: { bgcolor: colour("card"), bordercolor: colour("line"), font: { color: colour("ink"), size: 13 } },
      xaxis: across, yaxis: { ...axis, type: element.dataset.scale === "log" ? "log" : "linear", tickformat: "~s" },
      shapes: element.cursor === undefined ? [] : [{ type: "line", yref: "paper", y0: 0, y1: 1, x0: at(element), x1: at(element), line: { color: colour("soft"), width: 1, dash: "dot" } }],
    };
  }

  function at(element) {
    const start = Date.parse(`${element.figure.x0}T00:00:00Z`);
    return new Date(start + element.cursor * DAY).toISOString().slice(0, 10);
  }

  async function draw(element) {
    if (!element.figure) {
      const answer = await fetch(element.dataset.series);
      if (!answer.ok) throw new Error(answer.status);
      element.figure = await answer.json();
      element.series = decoded(element.figure);
      element.replaceChildren();
    }
    const settings = { displayModeBar: false, responsive: true, doubleClick: "reset" };
    await Plotly.react(element, traces(element, element.figure), layout(element, element.figure), settings);
    element.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
    if (!element.listens) {
      element.listens = true;
      element.on("plotly_click", (event) => explain(element, event.points[0].customdata ?? event.points[0].data.iso, String(event.points[0].x).slice(0, 10)));
    }
  }

  // Arrow keys step through the days; the day's values are said, and Enter asks for the rows behind them.
  function step(element, event) {
    const days = element.series ? element.series[0].values.length : 0;
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7, Home: -days, End: days };
    if (!days || element.dataset.align !== "0") return;
    if (event.key === "Enter" && element.cursor !== undefined) {
      explain(element, element.series[0].iso, at(element));
    } else if (event.key in moves) {
      event.preventDefault();
      element.cursor = Math.min(Math.max((element.cursor ?? days - 1) + moves[event.key], 0), days - 1);
      Plotly.relayout(element, { shapes: layout(element, element.figure).shapes });
      const values = element.series.map((one) => `${one.name} ${one.values[element.cursor] === null ? "no value" : one.values[element.cursor].toLocaleString()}`);
      element.closest("figure").querySelector(".step").textContent = `${at(element)}: ${values.join("; ")}`;
    }
  }

  async function explain(element, iso, on) {
    const box = element.closest("figure").querySelector(".explained");
    const address = new URL(element.dataset.explain, location.href);
    address.searchParams.delete("place");
    address.searchParams.set("place", iso);
    address.searchParams.set("on", on);
    const answer = await fetch(address);
    const told = await answer.json();
    box.replaceChildren();
    box.hidden = false;
    const title = document.createElement("h3");
    title.textContent = answer.ok ? `${told.measure}, ${told.place}, ${on}` : "It could not be explained";
    const formula = document.createElement("p");
    formula.className = "small";
    formula.textContent = answer.ok ? `${told.formula}. Population ${told.population === null ? "not known" : told.population.toLocaleString()}. Snapshot ${told.snapshot}.` : told.error;
    box.append(title, formula);
    if (answer.ok && told.rows.length) box.append(table(told.rows));
  }

  function table(rows) {
    const made = document.createElement("table");
    const names = Object.keys(rows[0]);
    const shown = (value) => (typeof value === "number" ? value.toLocaleString(undefined, { maximumFractionDigits: 4 }) : value ?? "—");
    const cell = (tag, name, text) => Object.assign(document.createElement(tag), { className: name === "date" ? "" : "num", textContent: text });
    made.createTHead().insertRow().append(...names.map((name) => cell("th", name, name)));
    const body = made.createTBody();
    for (const row of rows) body.insertRow().append(...names.map((name) => cell("td", name, shown(row[name]))));
    const scroll = document.createElement("div");
    scroll.className = "scroll";
    scroll.append(made);
    return scroll;
  }

  function save(button) {
    const figure = button.closest("figure");
    const element = figure.querySelector(".comparison");
    const name = figure.querySelector("h2").textContent.trim().toLowerCase().replace(/[^a-z0-9]+/g, "-");
    Plotly.downloadImage(element, { format: button.dataset.image, filename: name, width: 1200, height: 640 });
  }

  const all = [...document.querySelectorAll(".comparison[data-series]")];
  function drawAll() {
    for (const element of all) {
      draw(element).catch(() => {
        element.classList.add("failed");
        element.textContent = "The chart's numbers could not be loaded. Load the page again; the table below has them.";
      });
    }
  }
  for (const element of all) element.addEventListener("keydown", (event) => step(element, event));
  for (const button of document.querySelectorAll("[data-image]")) button.addEventListener("click", () => save(button));
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
