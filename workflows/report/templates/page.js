"use strict";
// Charts are drawn when a cell is opened, and again when the colour scheme changes.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const curves = read("curves");
const charts = read("charts");
const dark = matchMedia("(prefers-color-scheme: dark)");
let loading = null;

function library() {
  // The chart library lies in the page as gzip: unpacked once, on first use.
  loading ??= (async () => {
    const packed = document.getElementById("bundle").textContent.trim();
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.type = "module";
    const ready = new Promise((resolve) => { window.repriseReady = resolve; });
    script.textContent = (await new Response(stream).text()) + "\nwindow.repriseReady();";
    document.head.append(script);
    await ready;
  })();
  return loading;
}

function rows(found, kind) {
  // A row for each repeat, so that repeats lie over each other; zero has no place on a log scale.
  const points = [];
  for (const { repeat, letter } of found.repeats) {
    if (kind === "difference" && repeat === found.repeats[0].repeat) continue;
    found.steps.forEach((step, i) => {
      const value = found[kind][letter][i];
      if (value === null || (kind === "difference" && value === 0)) return;
      points.push({ curve: `${repeat} (${letter})`, step, [kind]: value });
    });
  }
  return points;
}

function coloured(chart, found) {
  // A repeat has one colour and one dash in all charts of its cell; unseeded ones are grey.
  const domain = found.repeats.map(({ repeat, letter }) => `${repeat} (${letter})`);
  const range = domain.map((_, i) => (found.seeded ? charts.colours[i % charts.colours.length] : charts.unseeded));
  const { color, strokeDash } = chart.encoding;
  return { ...chart.encoding, color: { ...color, scale: { domain, range } }, strokeDash: { ...strokeDash, scale: { domain } } };
}

async function draw(element) {
  const kind = element.dataset.chart;
  const found = curves[element.dataset.cell];
  const data = rows(found, kind);
  element.rows = data;
  if (data.length === 0) {
    const text = document.createElement("p");
    text.textContent = kind === "difference" ? "No repeat differs from the first: nothing to draw on a log scale." : "No finite loss to draw.";
    element.replaceChildren(text);
    return;
  }
  await library();
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  const line = style.getPropertyValue("--line").trim();
  const axis = { labelColor: ink, titleColor: ink, gridColor: line, domainColor: ink, tickColor: ink };
  const config = { background: null, axis, legend: { labelColor: ink, titleColor: ink, symbolLimit: 12, columns: 6 }, view: { stroke: line } };
  const chart = { ...charts[kind], encoding: coloured(charts[kind], found), datasets: { rows: data }, config: { ...charts[kind].config, ...config } };
  const losses = data.map((row) => row.loss);
  if (kind === "loss" && Math.min(...losses) > 0 && Math.max(...losses) > 50 * Math.min(...losses)) {
    chart.encoding = { ...chart.encoding, y: { ...chart.encoding.y, scale: { type: "log" } } };
  }
  const made = await window.vegaEmbed(element, chart, { actions: false, renderer: "svg" });
  element.view = made.view;
}

function open(details) {
  details.querySelectorAll(".chart").forEach((element) => { if (!element.rows) draw(element); });
}

document.querySelectorAll("details.cell").forEach((details) => {
  details.addEventListener("toggle", () => { if (details.open) open(details); });
});

function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || target.tagName !== "DETAILS") return;
  target.hidden = false;
  target.open = true;
  target.querySelector("summary").focus({ preventScroll: true });
  target.scrollIntoView();
}
addEventListener("hashchange", follow);
// A second click on the same link does not change the address.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#cell-']");
  if (link && link.hash === location.hash) follow();
});

document.querySelector(".tools").hidden = false;
const all = (state) => () => document.querySelectorAll("details").forEach((each) => { each.open = state && !each.hidden; });
document.getElementById("open-all").addEventListener("click", all(true));
document.getElementById("close-all").addEventListener("click", all(false));
dark.addEventListener("change", () => {
  document.querySelectorAll("details.cell[open] .chart").forEach((element) => { draw(element); });
});

// The filter: what it hides, and the address that says so.
const form = document.getElementById("filter");
const items = [...document.querySelectorAll("[data-b]")];
const words = (text) => text.split(" ");

function filter() {
  const { benchmark, configuration, differs, search } = Object.fromEntries(new FormData(form));
  const sought = search.trim().toLowerCase();
  let shown = 0;
  for (const item of items) {
    item.hidden = Boolean(
      (benchmark && !words(item.dataset.b).includes(benchmark)) ||
      (configuration && !words(item.dataset.c).includes(configuration)) ||
      (differs && !("d" in item.dataset)) ||
      (sought && !item.textContent.toLowerCase().includes(sought))
    );
    shown += !item.hidden;
  }
  // In a table with a column for each configuration the others go; an empty table goes whole.
  document.querySelectorAll("th[data-c], td[data-c]").forEach((each) => {
    each.hidden = Boolean(configuration && each.dataset.c !== configuration);
  });
  document.querySelectorAll(".wide:has([data-b])").forEach((box) => {
    box.hidden = !box.querySelector("[data-b]:not([hidden])");
  });
  form.querySelector("output").textContent = shown < items.length ? `${shown} of ${items.length} rows and cells` : "";
}

function remember() {
  const said = [...new FormData(form)].filter(([, value]) => value);
  const query = said.length ? `?${new URLSearchParams(said)}` : "";
  history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
}

function recall() {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements.namedItem(name);
    if (!field) continue;
    if (field.type === "checkbox") field.checked = value === "1";
    else field.value = value;
  }
  filter();
}

form.hidden = false;
form.addEventListener("submit", (event) => { event.preventDefault(); });
form.addEventListener("input", () => { filter(); remember(); });
form.addEventListener("reset", () => { setTimeout(() => { filter(); remember(); }); });
recall();
follow();

// Commands can be copied.
document.querySelectorAll("code.command").forEach((code) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected: press Ctrl+C";
    }
  });
  code.after(button);
});
