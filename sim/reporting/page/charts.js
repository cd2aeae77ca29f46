// Charts with what belongs under each: its data, the picture, its sources, a line to cite.
import { csv, el, save } from "sim/dom.js";
import { library } from "sim/data.js";

/**
 * Return what stands under a chart.
 * @param {HTMLElement} place Where the chart is drawn.
 * @param {{name: string, heads: string[], rows: () => any[][], sources: string, cite: string}} told
 */
export function under(place, told) {
  const picture = (format) => library().then((it) => it.downloadImage(place, { format, filename: told.name, width: 1000, height: 560 }));
  return el("details", { class: "under" }, el("summary", {}, "Data, picture, sources"),
    el("div", { class: "row" },
      el("button", { type: "button", onclick: () => save(`${told.name}.csv`, csv(told.heads, told.rows()), "text/csv") }, "Data (CSV)"),
      el("button", { type: "button", onclick: () => picture("svg") }, "SVG"),
      el("button", { type: "button", onclick: () => picture("png") }, "PNG")),
    el("p", {}, `Sources: ${told.sources}`), el("p", {}, `Cite: ${told.cite}`));
}

/**
 * Return a chart.
 * @param {{name: string, title: string, traces: any[], layout?: any, heads: string[], rows: any[][], sources: string, cite: string}} told
 */
export function chart(told) {
  const place = el("div", { class: "chart", role: "img", "aria-label": told.title });
  draw(place, told.traces, told.layout);
  return el("figure", {}, place, el("figcaption", {}, told.title), under(place, { ...told, rows: () => told.rows }));
}

/** Draw, or draw again. */
export function draw(place, traces, layout = {}) {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  const line = style.getPropertyValue("--line").trim();
  const axis = { gridcolor: line, zerolinecolor: line, automargin: true };
  return library().then((it) => it.react(place, traces, {
    margin: { l: 60, r: 20, t: 10, b: 45 }, font: { color: ink, size: 12 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    ...layout, xaxis: { ...axis, ...layout.xaxis }, yaxis: { ...axis, ...layout.yaxis },
  }, { displayModeBar: false, responsive: true }));
}
