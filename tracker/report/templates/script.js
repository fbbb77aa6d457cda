"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const printing = matchMedia("print");

  // Theme: the system's until the reader chooses.
  const button = document.getElementById("theme");
  const isDark = () => !printing.matches && (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const remember = (value) => { try { localStorage.setItem("tracker-theme", value); } catch { /* a file may have no storage */ } };
  const remembered = () => { try { return localStorage.getItem("tracker-theme"); } catch { return null; } };
  const applyTheme = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to the ${isDark() ? "light" : "dark"} theme`);
    drawn.forEach((draw, element) => draw(element));
  };

  // Charts: plotly.js is unpacked when the first one is looked at.
  const drawn = new Map();
  let plotly = null;
  const inflate = (id) => {
    const packed = Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (c) => c.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  const unpack = async () => {
    const script = document.createElement("script");
    script.textContent = await inflate("plotly");
    document.head.append(script);
  };
  const loadPlotly = () => (plotly ??= unpack());

  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const axis = (own) => ({ ...own, ...(own.title ? { title: { ...own.title, font: { size: 12 }, standoff: 8 } } : {}), gridcolor: colour("--line"), zerolinecolor: colour("--line"), linecolor: colour("--line") });
  const themed = (layout) => ({
    ...layout,
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 13, color: colour("--ink") },
    hoverlabel: { bgcolor: colour("--panel"), bordercolor: colour("--line"), font: { color: colour("--ink") } },
    xaxis: axis(layout.xaxis),
    yaxis: axis(layout.yaxis),
  });
  const config = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"], showTips: false };
  const draw = (element, traces, layout) => {
    element.querySelector("p")?.remove();
    Plotly.react(element, structuredClone(traces), themed(structuredClone(layout)), config);
  };

  const spread = (size) => (place) => ((place * 7) % size) / size - 0.5;
  const pointTraces = (series) => series.flatMap((one, row) => {
    const offset = spread(Math.max(one.ms.length, 1));
    return [
      { type: "box", orientation: "h", x: one.ms, y0: row, name: one.name, boxpoints: false, width: 0.7,
        line: { color: one.color, width: 1.2 }, fillcolor: "rgba(0,0,0,0)", hoverinfo: "skip", showlegend: false },
      { type: "scatter", mode: "markers", x: one.ms, y: one.ms.map((_, place) => row + 0.5 * offset(place)), name: one.name,
        marker: { color: one.color, symbol: one.symbol, size: 6, opacity: 0.75 }, customdata: one.round,
        hovertemplate: "round %{customdata}: %{x:.4g} ms", showlegend: false },
    ];
  });
  const pointLayout = (series) => {
    const every = series.flatMap((one) => one.ms);
    const wide = Math.max(...every) > 8 * Math.min(...every);
    return {
      height: 80 + 62 * series.length,
      margin: { t: 8, r: 10, l: 10, b: 10 },
      xaxis: { type: wide ? "log" : "linear", ...(wide ? { dtick: "D2", tickformat: "~g" } : {}), automargin: true,
        title: { text: `every iteration, ms${wide ? " (logarithmic)" : ""}` } },
      yaxis: { tickvals: series.map((_, row) => row), ticktext: series.map((one) => one.name), automargin: true,
        range: [series.length - 0.45, -0.55], zeroline: false, fixedrange: true },
    };
  };

  // Trends: one test at a time, its change points dashed, the forecast as a band.
  const picker = document.getElementById("trend");
  const trendTraces = (series) => series.flatMap((one) => [
    { type: "scatter", mode: "lines+markers", name: one.name, legendgroup: one.name, x: one.x.map((ms) => new Date(ms)), y: one.y, text: one.text,
      line: { color: one.color, width: 1 }, marker: { color: one.color, symbol: one.symbol, size: 7 }, hovertemplate: "%{x}: %{y:.4g} ms, %{text}" },
    ...(one.forecast ? [{ type: "scatter", mode: "lines", fill: "toself", fillcolor: `${one.color}33`, line: { width: 0 }, name: `${one.name}: next, ${Math.round(100 * one.forecast.level)} %`, legendgroup: one.name,
      x: ["from", "to", "to", "from"].map((end) => new Date(one.forecast[end])), y: [one.forecast.low, one.forecast.low, one.forecast.high, one.forecast.high], hoverinfo: "skip" }] : []),
  ]);
  const trendLayout = (series) => ({
    height: 380, margin: { t: 24, r: 10, l: 10, b: 10 },
    xaxis: { type: "date", automargin: true, title: { text: "session" } },
    yaxis: { type: "log", automargin: true, tickformat: "~g", title: { text: "median wall time, ms (logarithmic)" } },
    legend: { orientation: "h", y: 1, yanchor: "bottom", x: 0 },
    shapes: series.flatMap((one) => one.changes.map((change) => ({ type: "line", xref: "x", yref: "paper", x0: new Date(change.x), x1: new Date(change.x), y0: 0, y1: 1, line: { color: one.color, width: 1.5, dash: "dash" } }))),
    annotations: series.flatMap((one) => one.changes.map((change) => ({ x: new Date(change.x), yref: "paper", y: 1, text: change.text, showarrow: false, font: { size: 10, color: one.color } }))),
  });
  if (picker) {
    data.trends.forEach((one, place) => {
      const option = document.createElement("option");
      option.value = place;
      option.append(new DOMParser().parseFromString(one.title, "text/html").body.textContent);
      picker.append(option);
    });
    picker.parentElement.hidden = data.trends.length < 2;
    picker.addEventListener("change", () => drawn.forEach((paint, element) => { if ("trends" in element.dataset) paint(); }));
  }

  const painter = (element) => {
    if ("trends" in element.dataset) {
      return () => { const one = data.trends[Number(picker.value) || 0]; draw(element, trendTraces(one.series), trendLayout(one.series)); };
    }
    if (element.dataset.chart) {
      const chart = data.charts[element.dataset.chart];
      return () => draw(element, chart.data, chart.layout);
    }
    const series = data.points[element.dataset.points];
    return () => draw(element, pointTraces(series), pointLayout(series));
  };
  const show = async (element) => {
    if (drawn.has(element)) return;
    await loadPlotly();
    if (drawn.has(element)) return;
    const paint = painter(element);
    paint();
    drawn.set(element, paint);
  };
  const charts = [...document.querySelectorAll(".chart")];
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      show(entry.target);
    }
  }, { rootMargin: "300px" });
  charts.forEach((element) => seen.observe(element));

  // Details: a link to one opens it; printing opens all.
  const section = document.getElementById("every-test");
  const tests = () => [...document.querySelectorAll("details.test")];
  const openTarget = async () => {
    const name = location.hash.length > 1 ? decodeURIComponent(location.hash.slice(1)) : "";
    const target = name && (document.getElementById(name) ?? await fromColumns(name));
    if (target?.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", openTarget);
  const openAll = document.getElementById("open-all");
  if (openAll) {
    openAll.hidden = false;
    openAll.addEventListener("click", () => {
      const open = !tests().every((one) => one.open);
      tests().forEach((one) => { one.open = open; });
      openAll.textContent = open ? "Close all" : "Open all";
    });
  }
  const closed = [];
  addEventListener("beforeprint", () => {
    const shut = tests().filter((one) => !one.open);
    shut.forEach((one) => { one.open = true; });
    closed.push(...shut);
    if (!globalThis.Plotly) return;
    document.querySelectorAll(".chart").forEach((element) => {
      if (drawn.has(element)) return;
      const paint = painter(element);
      paint();
      drawn.set(element, paint);
    });
  });
  addEventListener("afterprint", () => { closed.splice(0).forEach((one) => { one.open = false; }); });

  // A large session: what is not written out is made of columns when it is asked for.
  const PAGE = 100;
  let columns = null;
  const loadColumns = () => (columns ??= inflate("columns").then((text) => JSON.parse(text)));
  const large = document.getElementById("columns") !== null;
  const make = (tag, attributes, ...content) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== false && value !== null) element.setAttribute(name, value);
    element.append(...content);
    return element;
  };
  const DASH = "\u2013";
  const number = (value, digits = 3) => {
    if (value === null || value === undefined) return DASH;
    if (value === 0) return "0";
    return Math.abs(value) >= 10 ** (digits - 1) ? value.toFixed(0) : value.toPrecision(digits);
  };
  const percent = (share) => (share === null || share === undefined ? DASH : share === 0 || share === 1 ? `${share * 100} %` : `${Math.min(Math.max(share * 100, 0.1), 99.9).toFixed(1)} %`);
  const rowOf = (all, at) => {
    const slowest = Math.max(0, ...all.variants.map((one) => one.median[at] ?? 0));
    const cells = all.variants.map((one) => {
      const median = one.median[at], leads = one.leads[at] === 1;
      if (median === null) return make("td", { class: "number", "data-label": one.name }, make("span", { class: "value" }, DASH), make("span", { class: "quiet" }, one.status[at] ?? ""));
      const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("span", {}));
      bar.firstChild.style.width = `${slowest ? (100 * median) / slowest : 0}%`;
      const star = leads ? [make("span", { class: "star", role: "img", "aria-label": "leads" }, "\u2605"), " "] : [];
      return make("td", { class: leads ? "number leads" : "number", "data-label": one.name },
        make("span", { class: "value" }, ...star, number(median), make("span", { class: "unit" }, " ms")), bar,
        make("span", { class: "quiet" }, `${number(one.p25[at])}${DASH}${number(one.p75[at])}`), make("span", { class: "quiet" }, `n = ${one.n[at]}`));
    });
    const flags = (all.notes[at] ?? []).map((note) => make("span", { class: "flag" }, note.split("; with them:")[0]));
    return make("tr", {},
      make("th", { scope: "row" }, make("a", { href: `#test-${at + 1}` }, all.task[at]), make("span", { class: "quiet" }, all.title[at])), ...cells,
      make("td", { class: "verdict" }, all.finding[at], ...flags),
      make("td", { class: "number success", "data-label": "Success" }, make("span", { class: "value" }, percent(all.success[at]))));
  };
  const WORDS = new Set(["Variant", "Outliers", "Run", "Pair", "Verdict"]);
  const listing = (heads, rows) => {
    const headers = heads.map((head) => make("th", { scope: "col", "data-sort": WORDS.has(head) ? "text" : "number" }, head));
    headers.forEach(sortable);
    return make("div", { class: "scroll", tabindex: "0" }, make("table", {}, make("thead", {}, make("tr", {}, ...headers)),
      make("tbody", {}, ...rows.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, first), ...rest.map((text) => make("td", {}, text)))))));
  };
  const fromColumns = async (name) => {
    const found = /^test-([0-9]+)$/.exec(name);
    if (!large || !found || !section) return null;
    const all = await loadColumns(), at = Number(found[1]) - 1;
    if (document.getElementById(name)) return document.getElementById(name);
    if (!(at >= 0 && at < all.task.length)) return null;
    const between = (one, low, high) => `${number(one[low][at])}${DASH}${number(one[high][at])}`;
    const trials = all.variants.filter((one) => one.size[at] !== null).map((one) => [one.name, number(one.median[at]), between(one, "p25", "p75"), between(one, "low", "high"),
      `${number(one.spread[at], 2)} %`, number(one.cpu[at]), number(one.memory[at]), `${one.n[at]} of ${one.size[at]}`, percent(one.success[at]),
      `${one.outliers[at]} outliers${one.bimodal[at] ? "; two clusters" : ""}`, `${one.run[at] ?? DASH}${one.status[at] && one.status[at] !== "finished" ? `, ${one.status[at]}` : ""}`]);
    const pairs = all.pairs.filter((one) => one.verdict[at] !== null).map((one) => [`${one.candidate} against ${one.baseline}`,
      one.ratio[at] === null ? `cannot be compared: ${one.reason[at] ?? "unknown"}` : `${number(one.ratio[at])}\u00d7 [${between(one, "low", "high")}]`,
      one.reason[at] ? `${one.verdict[at]}: ${one.reason[at]}` : one.verdict[at], `${number(one.cpu[at])}\u00d7`, number(one.memory[at]), String(one.n[at]), number(one.p[at], 2),
      `${number(one.d[at], 2)} / ${number(one.delta[at], 2)}`, `${number(one.detectable[at], 2)} %`, percent(one.power[at])]);
    const details = make("details", { id: name, class: "test" },
      make("summary", {}, make("h3", {}, all.places.length > 1 ? `${all.task[at]} \u00b7 ${all.places[all.place[at]]}` : all.task[at]), " ", make("span", { class: "quiet" }, all.finding[at])),
      make("p", { class: "quiet" }, all.title[at]), ...(all.notes[at] ?? []).map((note) => make("p", { class: "flag" }, note)));
    if (all.points[at]) {
      data.points[name] = all.points[at];
      const chart = make("div", { class: "chart points", "data-points": name, role: "img", "aria-label": `Every iteration of ${all.task[at]}` });
      details.append(chart);
      seen.observe(chart);
    }
    details.append(make("h4", {}, "Trials"), listing(["Variant", "Median, ms", "Quartiles", "Lowest\u2013highest", "Variation", "CPU, ms", "Memory, MiB", "Valid", "Success", "Outliers", "Run"], trials));
    if (pairs.length) details.append(make("h4", {}, "Pairs"), listing(["Pair", "Wall time", "Verdict", "CPU time", "Memory", "n", "p, adjusted", "d / \u03b4", "Detectable", "Power"], pairs));
    section.append(details);
    return details;
  };

  // Tables: sort by a column, filter by a word; a large one shows a page of rows at a time.
  const value = (row, column, kind) => {
    const text = row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    if (kind === "text") return text.toLowerCase();
    const found = /-?[0-9][0-9.]*(e[+-]?[0-9]+)?/.exec(text);  // of "12 of 15", "< 0.001" or "3.1×"
    return found ? Number(found[0]) : Number.POSITIVE_INFINITY;
  };
  const compare = (rising) => (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * (rising ? 1 : -1);
  const state = new Map();
  const stateOf = (table) => {
    if (!state.has(table)) state.set(table, { wanted: "", column: null, rising: true, shown: PAGE });
    return state.get(table);
  };
  const keyOf = (all, at, column) => {
    if (column === 0) return all.task[at].toLowerCase();
    const variant = all.variants[column - 1];
    if (variant) return variant.median[at] ?? Number.POSITIVE_INFINITY;
    return column === all.variants.length + 1 ? all.finding[at].toLowerCase() : all.success[at] ?? Number.POSITIVE_INFINITY;
  };
  const paged = async (table) => {
    const all = await loadColumns(), { wanted, column, rising, shown } = stateOf(table);
    const place = Number(table.dataset.place);
    let found = all.task.map((_, at) => at).filter((at) => all.place[at] === place
      && (wanted === "" || `${all.task[at]} ${all.title[at]} ${all.finding[at]}`.toLowerCase().includes(wanted)));
    if (column !== null) found = found.map((at) => ({ at, key: keyOf(all, at, column) })).sort(compare(rising)).map((one) => one.at);
    table.tBodies[0].replaceChildren(...found.slice(0, shown).map((at) => rowOf(all, at)));
    const pager = document.querySelector(`[data-pager="${table.id}"]`);
    const more = make("button", { type: "button" }, `Show ${Math.min(PAGE, found.length - shown)} more`);
    more.addEventListener("click", () => { stateOf(table).shown += PAGE; paged(table); });
    pager.replaceChildren(make("span", { class: "quiet" }, `${Math.min(shown, found.length)} of ${found.length} tests`), ...(found.length > shown ? [" ", more] : []));
  };
  const isPaged = (table) => large && table.dataset.place !== undefined;
  const sort = (header) => {
    const table = header.closest("table");
    const column = header.cellIndex;
    const rising = header.getAttribute("aria-sort") !== "ascending";
    table.querySelectorAll("th[aria-sort]").forEach((one) => one.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", rising ? "ascending" : "descending");
    if (isPaged(table)) {
      Object.assign(stateOf(table), { column, rising, shown: PAGE });
      paged(table);
      return;
    }
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: value(row, column, header.dataset.sort) }));
    rows.sort(compare(rising));
    table.tBodies[0].append(...rows.map((one) => one.row));
  };
  const sortable = (header) => {
    const control = make("button", { type: "button" }, ...header.childNodes);
    header.append(control);
    control.addEventListener("click", () => sort(header));
  };
  document.querySelectorAll("th[data-sort]").forEach(sortable);
  document.querySelectorAll("input[data-filter]").forEach((input) => {
    input.parentElement.hidden = false;
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      const table = document.getElementById(input.dataset.filter);
      if (isPaged(table)) {
        Object.assign(stateOf(table), { wanted, shown: PAGE });
        paged(table);
        return;
      }
      for (const row of table.tBodies[0].rows) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
      }
    });
  });
  if (large) setTimeout(() => document.querySelectorAll("table[data-place]").forEach(paged), 0);

  const chosen = remembered();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember(root.dataset.theme);
    applyTheme();
  });
  dark.addEventListener("change", applyTheme);
  printing.addEventListener("change", applyTheme);
  applyTheme();
  openTarget();
})();
