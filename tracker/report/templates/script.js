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
  const unpack = async () => {
    const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
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

  const painter = (element) => {
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
  const tests = [...document.querySelectorAll("details.test")];
  const openTarget = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", openTarget);
  const openAll = document.getElementById("open-all");
  if (openAll) {
    openAll.hidden = false;
    openAll.addEventListener("click", () => {
      const open = !tests.every((one) => one.open);
      tests.forEach((one) => { one.open = open; });
      openAll.textContent = open ? "Close all" : "Open all";
    });
  }
  const closed = [];
  addEventListener("beforeprint", () => {
    const shut = tests.filter((one) => !one.open);
    shut.forEach((one) => { one.open = true; });
    closed.push(...shut);
    if (!globalThis.Plotly) return;
    charts.filter((element) => !drawn.has(element)).forEach((element) => {
      const paint = painter(element);
      paint();
      drawn.set(element, paint);
    });
  });
  addEventListener("afterprint", () => { closed.splice(0).forEach((one) => { one.open = false; }); });

  // Tables: sort by a column, filter by a word.
  const value = (row, column, kind) => {
    const text = row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    if (kind === "text") return text.toLowerCase();
    return text === "" ? Number.POSITIVE_INFINITY : Number(text);
  };
  const sort = (header) => {
    const table = header.closest("table");
    const column = header.cellIndex;
    const rising = header.getAttribute("aria-sort") !== "ascending";
    table.querySelectorAll("th[aria-sort]").forEach((one) => one.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: value(row, column, header.dataset.sort) }));
    rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * (rising ? 1 : -1));
    table.tBodies[0].append(...rows.map((one) => one.row));
  };
  document.querySelectorAll("th[data-sort]").forEach((header) => {
    const control = document.createElement("button");
    control.type = "button";
    control.append(...header.childNodes);
    header.append(control);
    control.addEventListener("click", () => sort(header));
  });
  document.querySelectorAll("input[data-filter]").forEach((input) => {
    input.parentElement.hidden = false;
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const row of document.getElementById(input.dataset.filter).tBodies[0].rows) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
      }
    });
  });

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
