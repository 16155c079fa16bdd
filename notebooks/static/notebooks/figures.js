// Draws the figures of an executed notebook, and says how high the page is, so that its frame fits.
(() => {
  "use strict";
  const tell = () => parent.postMessage({ height: document.documentElement.scrollHeight }, "*");
  for (const place of document.querySelectorAll("[data-figure]")) {
    const figure = JSON.parse(place.dataset.figure);
    const layout = { ...figure.layout, autosize: true };
    delete layout.width;
    Plotly.newPlot(place, figure.data, layout, { responsive: true, displaylogo: false }).then(tell);
  }
  addEventListener("load", tell);
  addEventListener("toggle", tell, true);
  addEventListener("resize", tell);
})();
