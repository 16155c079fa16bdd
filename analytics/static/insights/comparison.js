// Draws comparisons. One axis for all places.
"use strict";
(function () {
  // Distinct in light and dark, and for most who don't tell red from green; none is the portal's blue or green.
  const LINES = ["#b4552d", "#6b5bb0", "#1f8a8c", "#c08a1e", "#b03a6f", "#5f7a2f", "#3f74a8", "#8a5a44", "#7a7f86"];

  const { colour } = Figure;

  function traces(element, figure) {
    const isAligned = element.dataset.align !== "0";
    const isLog = element.dataset.scale === "log";
    return element.series.filter((one) => !isAligned || one.start !== null).map((one, index) => ({
      type: "scatter", mode: "lines", name: one.name, iso: one.iso,
      x: one.values.map((_, day) => (isAligned ? day - one.start : Figure.day(figure.x0, day))),
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
      shapes: Figure.cursor(element, figure.x0),
    };
  }

  async function draw(element) {
    if (!element.figure) {
      const answer = await fetch(element.dataset.series);
      if (!answer.ok) throw new Error(answer.status);
      element.figure = await answer.json();
      element.series = Figure.decoded(element.figure);
      element.replaceChildren();
    }
    const settings = { displayModeBar: false, responsive: true, doubleClick: "reset" };
    await Plotly.react(element, traces(element, element.figure), layout(element, element.figure), settings);
    element.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
    if (!element.listens) {
      element.listens = true;
      element.on("plotly_click", (event) => Figure.explain(element, event.points[0].customdata ?? event.points[0].data.iso, String(event.points[0].x).slice(0, 10)));
    }
  }

  // Days since an outbreak are another day for each place: there is no one day to step to.
  function step(element, event) {
    if (element.series && element.dataset.align === "0") Figure.step(element, event, element.figure.x0, element.series);
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
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
