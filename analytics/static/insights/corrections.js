// Marks on each chart of lines where its data was corrected, and says every correction in words below. Small lines come
// with their marks, and the map draws its own.
"use strict";
(function () {
  const DAY = 864e5;
  const SYMBOLS = { rewritten: "diamond-open", "taken back": "triangle-down-open" };
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

  const on = (text) => day.format(Date.parse(`${text}T00:00:00Z`));
  const shown = (value) => (value === null ? "no value" : value.toLocaleString(undefined, { maximumFractionDigits: 2 }));

  function said(one) {
    if (one.kind === "taken back") return `${one.place}, ${on(one.on)}: a count of ${shown(one.value)}, taken back by the source`;
    const stretch = one.first === one.last ? on(one.on) : `${on(one.first)} to ${on(one.last)}, most on ${on(one.on)}`;
    return `${one.place}, ${stretch}: ${shown(one.now)}, was ${shown(one.was)}`;
  }

  // Where a correction stands on its place's line; nowhere, if the line has no value on that day.
  function point(element, one) {
    const line = element.series.find((series) => series.name === one.place);
    const isAligned = element.dataset.align !== "0";
    const offset = Math.round((Date.parse(`${one.on}T00:00:00Z`) - Date.parse(`${element.figure.x0}T00:00:00Z`)) / DAY);
    const value = line?.values[offset] ?? null;
    if (value === null || (isAligned && line.start === null)) return null;
    return { x: isAligned ? offset - line.start : one.on, y: value, text: said(one), iso: line.iso };
  }

  function traces(element, found) {
    const ink = getComputedStyle(element).color;
    return Object.entries(SYMBOLS).map(([kind, symbol]) => {
      const points = found.corrections.filter((one) => one.kind === kind).map((one) => point(element, one)).filter(Boolean);
      return {
        type: "scatter", mode: "markers", name: kind, x: points.map((one) => one.x), y: points.map((one) => one.y),
        text: points.map((one) => one.text), customdata: points.map((one) => one.iso), hovertemplate: "%{text}<extra></extra>",
        marker: { symbol, size: 10, color: ink, line: { width: 1.6 } },
      };
    }).filter((trace) => trace.x.length);
  }

  function list(details, found) {
    const since = found.before ? `against the snapshot of ${on(found.before.imported_at.slice(0, 10))}` : "no earlier snapshot to compare with";
    const count = found.corrections.length + found.more;
    details.querySelector("summary").textContent = `${count.toLocaleString()} correction${count === 1 ? "" : "s"} (${since})`;
    const items = found.corrections.map((one) => Object.assign(document.createElement("li"), { textContent: said(one) }));
    if (found.more) items.push(Object.assign(document.createElement("li"), { textContent: `and ${found.more.toLocaleString()} smaller ones` }));
    details.querySelector("ul").replaceChildren(...items);
    details.hidden = false;
  }

  async function mark(element) {
    const details = element.closest("figure").querySelector(".corrections");
    if (!element.corrected) {
      const answer = await fetch(details.dataset.corrections);
      if (!answer.ok) throw new Error(answer.status);
      element.corrected = await answer.json();
      if (element.corrected.corrections.length) list(details, element.corrected);
      element.dispatchEvent(new CustomEvent("corrected"));
    }
    if (!element.series || !element.data) return;
    const marks = traces(element, element.corrected);
    if (marks.length) await Plotly.addTraces(element, marks);
    element.dataset.marked = marks.reduce((sum, trace) => sum + trace.x.length, 0);
  }

  document.addEventListener("drawn", (event) => mark(event.target).catch(() => {
    const details = event.target.closest("figure").querySelector(".corrections");
    details.querySelector("summary").textContent = "What was corrected could not be loaded. Load the page again.";
    details.hidden = false;
  }));
})();
