// Draws the charts: bars for each day, a line for the 7-day average. Colours come from the page's style sheet.
"use strict";

const LANGUAGE = document.documentElement.lang || "en";
const { colour } = Figure;
const loaded = new Map();

function load(address) {
  if (!loaded.has(address)) {
    loaded.set(address, fetch(address).then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.json();
    }));
  }
  return loaded.get(address);
}

function scaled(values, population) {
  return population ? values.map((value) => (value === null ? null : (value * 1e6) / population)) : values;
}

function traces(figure, what, perMillion, colours) {
  const population = perMillion ? figure.population : 0;
  const form = perMillion ? ",.2f" : ",.0f";
  const x = Array.from({ length: figure.length }, (_, index) => Figure.day(figure.x0, index));
  const daily = scaled(figure[what].new, population);
  const mean = scaled(figure[what].mean, population);
  return [
    { type: "bar", x, y: daily, name: "each day", marker: { color: colours.bars, line: { width: 0 } },
      hovertemplate: `%{y:${form}} on the day<extra></extra>` },
    { type: "scatter", mode: "lines", x, y: mean, name: "7-day average", line: { color: colours.line, width: 2.25 },
      hovertemplate: `%{y:${form}} 7-day average<extra></extra>` },
  ];
}

// One day that a country corrected may stand far above all others; the axis follows the average, and the bar is cut.
function ceiling(mean, daily) {
  const highestMean = Math.max(0, ...mean.filter((value) => value !== null));
  const highest = Math.max(0, ...daily.filter((value) => value !== null));
  return Math.min(highest, highestMean * 2.2) * 1.06 || 1;
}

function layout(drawn, colours, isNarrow, shapes) {
  const axis = { fixedrange: true, zeroline: false, ticks: "", color: colours.soft, tickfont: { size: 12 } };
  return {
    shapes, autosize: true, uirevision: "the reader's zoom stays", margin: { l: 4, r: 4, t: 8, b: 26 }, bargap: 0.12, showlegend: false, dragmode: "zoom",
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "x unified",
    font: { family: getComputedStyle(document.body).fontFamily, color: colours.soft },
    hoverlabel: { bgcolor: colours.card, bordercolor: colours.edge, font: { color: colours.ink, size: 13 } },
    xaxis: { ...axis, fixedrange: isNarrow, type: "date", showgrid: false, hoverformat: "%A, %-d %B %Y",
      tickformatstops: [
        { dtickrange: [null, 15 * 864e5], value: "%-d %b\n%Y" }, { dtickrange: [15 * 864e5, null], value: "%b\n%Y" },
      ],
      spikecolor: colours.soft, spikethickness: -1, spikedash: "solid", nticks: isNarrow ? 5 : 8, automargin: true },
    yaxis: { ...axis, automargin: true, gridcolor: colours.edge, nticks: 5, tickformat: drawn.top < 10 ? "" : "~s",
      range: [0, drawn.top] },
  };
}

async function draw(element) {
  const figure = await load(element.dataset.figure);
  const what = element.dataset.what;
  const colours = {
    bars: colour(`${what}-bars`), line: colour(what), ink: colour("ink"), soft: colour("soft"),
    edge: colour("line"), card: colour("card"),
  };
  const data = traces(figure, what, element.dataset.per === "million", colours);
  const drawn = { top: ceiling(data[1].y, data[0].y) };
  const settings = { displayModeBar: false, responsive: true, doubleClick: "reset", locale: LANGUAGE };
  if (!element.dataset.drawn) element.replaceChildren();
  await Plotly.react(element, data, layout(drawn, colours, element.clientWidth < 480, Figure.cursor(element, figure.x0)), settings);
  element.figure = figure;
  element.series = [{ name: figure.name, iso: figure.iso, values: data[1].y }];
  element.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  if (element.dataset.drawn) return;
  element.dataset.drawn = "yes";
  const lines = data.map((trace) => ({ iso: figure.iso, name: trace.name, values: trace.y }));
  element.addEventListener("keydown", (event) => Figure.step(element, event, figure.x0, lines));
  element.on("plotly_click", (event) => Figure.explain(element, figure.iso, String(event.points[0].x).slice(0, 10)));
}

function drawAll() {
  for (const element of document.querySelectorAll(".chart[data-figure]")) {
    draw(element).catch(() => {
      element.classList.add("failed");
      element.textContent = "The chart's numbers could not be loaded. Load the page again.";
    });
  }
}

drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
