// The editor, and quick charts. Without it the page works all the same: a text area, and a table.
(function () {
  "use strict";
  const { EditorView, EditorState, keymap, basicSetup, sql, SQLDialect, setDiagnostics, HighlightStyle, syntaxHighlighting, tags } = window.CodeMirror;

  const look = HighlightStyle.define([
    { tag: tags.keyword, color: "var(--blue)" },
    { tag: tags.string, color: "var(--green)" },
    { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--soft)", fontStyle: "italic" },
    { tag: tags.number, color: "var(--amber)" },
  ]);
  const wash = { backgroundColor: "var(--blue-wash) !important" };
  const theme = EditorView.theme({
    "&": { maxHeight: "420px", fontSize: "14px", backgroundColor: "var(--paper)", color: "var(--ink)" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { minHeight: "150px", fontFamily: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace", lineHeight: "1.55" },
    ".cm-content": { caretColor: "var(--ink)" },
    ".cm-cursor": { borderLeftColor: "var(--ink)" },
    ".cm-gutters": { backgroundColor: "var(--wash)", color: "var(--soft)", border: "0" },
    ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--wash) 55%, transparent)" },
    ".cm-selectionBackground": wash,
    "&.cm-focused .cm-selectionBackground": wash,
    ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)" },
    ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--blue-wash)", color: "var(--ink)" },
    ".cm-panels": { backgroundColor: "var(--card)", color: "var(--ink)" },
  });
  const trino = SQLDialect.define({
    keywords: "all and any array as asc at between by case cast cross cube current date desc distinct else end escape except exists extract false fetch filter first following for from full group grouping having if in inner intersect interval into is join last lateral left like limit natural not null nulls offset on or order ordinality outer over partition preceding range recursive right rollup row rows select sets some table tablesample then time timestamp to true try_cast unbounded union unnest using values when where window with zone",
    types: "boolean tinyint smallint integer bigint real double decimal varchar char varbinary json date time timestamp interval array map row",
    doubleQuotedStrings: false,
    identifierQuotes: '"',
  });

  function edit(area) {
    let view = null;
    const changed = EditorView.updateListener.of(function (update) {
      if (update.docChanged) {
        area.value = update.state.doc.toString();
        notice();
      }
    });
    const submit = keymap.of([{ key: "Mod-Enter", run: function () { area.form.requestSubmit(); return true; } }]);
    function begin(schema) {
      const before = view ? view.state.doc.toString() : area.value;
      if (view) view.destroy();
      const state = EditorState.create({
        doc: before,
        extensions: [submit, basicSetup, sql({ dialect: trino, schema: schema, upperCaseKeywords: true }), syntaxHighlighting(look), theme, changed, EditorView.lineWrapping, EditorView.contentAttributes.of({ "aria-label": "SQL" })],
      });
      // In a shadow root the styles are adopted by script, which the page's policy allows; a style element is not.
      view = new EditorView({ state: state, parent: root, root: root });
      mark(area.dataset);
    }
    function mark(told) {
      if (!view) return;
      const found = [];
      if (told.line) {
        const line = view.state.doc.line(Math.min(Number(told.line), view.state.doc.lines));
        const from = Math.min(line.from + Math.max(Number(told.column || 1) - 1, 0), line.to);
        found.push({ from: from, to: Math.max(line.to, from), severity: "error", message: told.problem || "" });
      }
      view.dispatch(setDiagnostics(view.state, found));
    }
    const box = document.createElement("div");
    box.className = "editor";
    const root = box.attachShadow({ mode: "open" });
    area.before(box);
    area.hidden = true;
    begin({});
    fetch(area.dataset.catalogue).then(function (answer) { return answer.ok ? answer.json() : {}; }).then(begin);
    document.body.addEventListener("htmx:afterSwap", function (event) {
      if (event.target.id === "estimate") mark((event.target.querySelector("[data-problem]") || { dataset: {} }).dataset);
    });
  }

  function notice() {
    const estimate = document.getElementById("estimate");
    if (estimate && window.htmx) window.htmx.trigger(estimate, "asked");
  }

  function colour(name) {
    const probe = document.createElement("span");
    probe.style.color = "var(--" + name + ")";
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function series(columns, x, y, by) {
    const groups = new Map();
    columns[x].forEach(function (value, index) {
      const name = by ? String(columns[by][index]) : y;
      if (!groups.has(name)) groups.set(name, { x: [], y: [], name: name });
      groups.get(name).x.push(value);
      groups.get(name).y.push(columns[y][index]);
    });
    return [...groups.values()];
  }

  function draw(box, answer) {
    const chosen = Object.fromEntries(["x", "y", "by", "kind"].map(function (name) { return [name, document.getElementById("chart-" + name).value]; }));
    const shape = { lines: { type: "scatter", mode: "lines" }, bars: { type: "bar" }, points: { type: "scatter", mode: "markers" } }[chosen.kind];
    const all = series(answer.columns, chosen.x, chosen.y, chosen.by);
    const traces = all.slice(0, 30).map(function (one) { return Object.assign({}, one, shape); });
    const axis = { color: colour("soft"), gridcolor: colour("line"), zerolinecolor: colour("line"), automargin: true };
    window.Plotly.react(box.querySelector(".drawn"), traces, {
      autosize: true, margin: { l: 8, r: 8, t: 8, b: 8 }, paper_bgcolor: "transparent", plot_bgcolor: "transparent",
      font: { color: colour("ink"), family: "system-ui, sans-serif", size: 13 }, showlegend: traces.length > 1,
      xaxis: Object.assign({ title: { text: chosen.x } }, axis), yaxis: Object.assign({ title: { text: chosen.y } }, axis),
      colorway: ["#2b62c9", "#c2571a", "#147a52", "#8a5a00", "#7b3fa0", "#b3261e", "#2f8f9d", "#5d646b"],
    }, { displayModeBar: false, responsive: true });
    const cut = answer.total !== null && answer.total > answer.rows ? " of " + answer.total.toLocaleString() : "";
    const left = all.length > 30 ? " The first 30 of " + all.length + " lines are drawn." : "";
    box.querySelector(".told").textContent = "Drawn from the first " + answer.rows.toLocaleString() + " rows" + cut + "." + left;
  }

  function chart(box) {
    if (box.dataset.ready) return;
    box.dataset.ready = "yes";
    box.addEventListener("toggle", function () {
      if (!box.open || box.answer) return;
      fetch(box.dataset.chart).then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      }).then(function (answer) {
        box.answer = answer;
        draw(box, answer);
      }).catch(function () {
        box.querySelector(".told").textContent = "The rows could not be had for a chart. Run the query again.";
      });
    });
    box.addEventListener("change", function () { if (box.answer) draw(box, box.answer); });
  }

  function charts() { document.querySelectorAll("[data-chart]").forEach(chart); }

  document.querySelectorAll("textarea[data-editor]").forEach(edit);
  document.getElementById("asked").addEventListener("input", notice);
  document.body.addEventListener("htmx:afterSettle", charts);
  charts();
})();
