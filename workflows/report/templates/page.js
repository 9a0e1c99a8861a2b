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

async function draw(element) {
  const kind = element.dataset.chart;
  const data = rows(curves[element.dataset.cell], kind);
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
  if (dark.matches) config.range = { category: { scheme: "set2" } };
  const chart = { ...charts[kind], datasets: { rows: data }, config: { ...charts[kind].config, ...config } };
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
follow();

const all = (state) => () => document.querySelectorAll("details").forEach((each) => { each.open = state; });
document.getElementById("open-all").addEventListener("click", all(true));
document.getElementById("close-all").addEventListener("click", all(false));
dark.addEventListener("change", () => {
  document.querySelectorAll("details.cell[open] .chart").forEach((element) => { draw(element); });
});
