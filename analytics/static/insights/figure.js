// What every chart of the site shares: colours, the days by keyboard, the rows behind a point, and pictures to keep.
"use strict";
const Figure = (function () {
  const DAY = 864e5;

  // A custom property may hold light-dark(…); only the browser can say which colour that is now.
  function colour(name) {
    const probe = document.createElement("span");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function day(first, offset) {
    return new Date(Date.parse(`${first}T00:00:00Z`) + offset * DAY).toISOString().slice(0, 10);
  }

  // Whole numbers come over the wire; they are scaled here.
  function decoded(figure) {
    return figure.series.map((one) => ({
      ...one, values: one.values.map((value) => (value === figure.missing ? null : value / figure.scale)),
    }));
  }

  // A dotted line at the day that the keyboard has reached, for a layout's shapes.
  function cursor(element, first) {
    if (element.cursor === undefined) return [];
    const on = day(first, element.cursor);
    return [{ type: "line", yref: "paper", y0: 0, y1: 1, x0: on, x1: on, line: { color: colour("soft"), width: 1, dash: "dot" } }];
  }

  // Arrow keys step through the days from `first` on, `show` shows the day, and Enter asks for the rows behind.
  function step(element, event, first, lines, show = showCursor) {
    const days = lines[0].values.length;
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7, Home: -days, End: days };
    if (event.key === "Enter" && element.cursor !== undefined) {
      explain(element, element.place ?? lines[0].iso, day(first, element.cursor));
    } else if (event.key in moves) {
      event.preventDefault();
      element.cursor = Math.min(Math.max((element.cursor ?? days - 1) + moves[event.key], 0), days - 1);
      show(element, first, lines);
    }
  }

  function showCursor(element, first, lines) {
    Plotly.relayout(element, { shapes: cursor(element, first) });
    say(element, first, lines);
  }

  // Each line's value on the day of the cursor, for those who don't see it.
  function say(element, first, lines) {
    const value = (line) => line.values[element.cursor]?.toLocaleString() ?? "no value";
    const said = lines.map((line) => `${line.name} ${value(line)}`).join("; ");
    element.closest("figure").querySelector(".step").textContent = `${day(first, element.cursor)}: ${said}`;
  }

  async function explain(element, iso, on) {
    const box = element.closest("figure").querySelector(".explained");
    const address = new URL(element.dataset.explain, location.href);
    address.searchParams.delete("place");
    address.searchParams.set("place", iso);
    address.searchParams.set("on", on);
    const answer = await fetch(address);
    const told = await answer.json();
    const title = document.createElement("h3");
    title.textContent = answer.ok ? `${told.measure}, ${told.place}, ${on}` : "It could not be explained";
    const formula = document.createElement("p");
    formula.className = "small";
    const people = told.population === null ? "not known" : told.population?.toLocaleString();
    formula.textContent = answer.ok ? `${told.formula}. Population ${people}. Snapshot ${told.snapshot}.` : told.error;
    box.replaceChildren(title, formula);
    if (answer.ok && told.rows.length) box.append(table(told.rows));
    box.hidden = false;
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
    const name = figure.querySelector("h2").textContent.trim().toLowerCase().replace(/[^a-z0-9]+/g, "-");
    Plotly.downloadImage(figure.querySelector(".chart"), { format: button.dataset.image, filename: name, width: 1200, height: 640 });
  }

  for (const button of document.querySelectorAll("[data-image]")) button.addEventListener("click", () => save(button));
  return { colour, cursor, day, decoded, explain, say, step };
})();
