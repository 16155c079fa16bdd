// The world's map and its slider. Shapes and values come from this site alone.
"use strict";
(function () {
  const { colour } = Figure;
  const element = document.querySelector(".map[data-values]");
  const slider = document.getElementById("day");
  const shown = document.getElementById("shown-day");
  const link = document.getElementById("link");
  const play = document.getElementById("play");
  let figure = null;
  let timer = 0;

  // The scale is the same for every day, so that a colour means one value; a few outliers don't flatten the rest.
  function ceiling() {
    const all = figure.series.flatMap((one) => one.values).filter((value) => value !== figure.missing).sort((a, b) => a - b);
    return all.length ? all[Math.floor(all.length * 0.985)] / figure.scale || 1 : 1;
  }

  function day() {
    return Figure.day(figure.x0, figure.days[Number(slider.value)]);
  }

  function draw() {
    const number = Number(slider.value);
    const there = figure.series.filter((one) => one.values[number] !== figure.missing);
    const trace = {
      type: "choropleth", locationmode: "ISO-3", locations: there.map((one) => one.iso), text: there.map((one) => one.name),
      z: there.map((one) => one.values[number] / figure.scale), zmin: 0, zmax: figure.top,
      colorscale: [[0, colour("card")], [0.02, colour("cases-bars")], [1, colour("cases")]],
      marker: { line: { color: colour("line"), width: 0.5 } },
      // Its own colour bar writes a style that the policy refuses; the page draws one.
      showscale: false,
      hovertemplate: "%{text}: %{z:,.4~g}<extra></extra>",
    };
    const geo = {
      projection: { type: "natural earth" }, showframe: false, showcoastlines: false, showland: true, landcolor: colour("quiet"),
      bgcolor: "rgba(0,0,0,0)", showcountries: true, countrycolor: colour("line"), countrywidth: 0.5, lataxis: { range: [-58, 85] },
    };
    const layout = {
      autosize: true, margin: { l: 0, r: 0, t: 0, b: 0 }, geo, paper_bgcolor: "rgba(0,0,0,0)", dragmode: "pan",
      font: { family: getComputedStyle(document.body).fontFamily, color: colour("ink") },
      hoverlabel: { bgcolor: colour("card"), bordercolor: colour("line"), font: { color: colour("ink") } },
    };
    shown.textContent = day();
    slider.setAttribute("aria-valuetext", day());
    const address = new URL(link.href);
    address.searchParams.set("on", day());
    link.href = address;
    return Plotly.react(element, [trace, ...marks()], layout, { displayModeBar: false, responsive: true, topojsonURL: element.dataset.shapes });
  }

  // A diamond in each country whose value of the day is another than an earlier snapshot had.
  function marks() {
    const found = (element.corrected?.corrections ?? []).filter((one) => one.kind === "rewritten" && one.first <= day() && day() <= one.last);
    const places = figure.series.filter((series) => found.some((one) => one.place === series.name));
    if (!places.length) return [];
    return [{
      type: "scattergeo", mode: "markers", locationmode: "ISO-3", locations: places.map((one) => one.iso), text: places.map((one) => one.name),
      marker: { symbol: "diamond-open", size: 9, color: colour("ink"), line: { width: 1.6 } }, hovertemplate: "%{text}: corrected<extra></extra>",
    }];
  }

  function run() {
    if (timer) {
      clearInterval(timer);
      timer = 0;
    } else {
      if (Number(slider.value) === figure.days.length - 1) slider.value = 0;
      timer = setInterval(() => {
        slider.value = Number(slider.value) + 1;
        draw();
        if (Number(slider.value) === figure.days.length - 1) run();
      }, 260);
    }
    play.textContent = timer ? "Pause" : "Play";
  }

  async function begin() {
    const answer = await fetch(element.dataset.values);
    if (!answer.ok) throw new Error(answer.status);
    figure = await answer.json();
    figure.top = ceiling();
    document.getElementById("top").textContent = `${figure.top.toLocaleString(undefined, { maximumSignificantDigits: 3 })} and more`;
    slider.max = figure.days.length - 1;
    // The newest days are often empty still: begin where most countries have a value.
    const counts = figure.days.map((_, number) => figure.series.filter((one) => one.values[number] !== figure.missing).length);
    const most = Math.max(...counts);
    const asked = figure.days.findLastIndex((offset) => Figure.day(figure.x0, offset) <= element.dataset.on);
    slider.value = element.dataset.on && asked >= 0 ? asked : counts.findLastIndex((count) => count >= 0.8 * most);
    slider.addEventListener("input", draw);
    play.addEventListener("click", run);
    await draw();
    element.addEventListener("corrected", draw);
    element.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
    element.on("plotly_click", (event) => Figure.explain(element, event.points[0].location, day()));
  }

  begin().catch(() => {
    element.classList.add("failed");
    element.textContent = "The map could not be loaded. Load the page again; the table below has the highest values.";
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => figure && draw());
})();
