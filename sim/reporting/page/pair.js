// Two lines: how the cost of one becomes that of the other, the samples of the difference, and what turns the order.
import { chart } from "sim/charts.js";
import { el, number, percent, sheet, unit } from "sim/dom.js";
import { SIX } from "sim/answer.js";
import { costs, quantile, sampled, switches, total } from "sim/model.js";

export function pair(page, root) {
  const groups = page.groups.filter((group) => group.length > 1);
  if (!groups.length) { root.replaceChildren(el("p", {}, "No two lines of this run can be compared.")); return; }
  const options = groups.flatMap((group) => group.flatMap((a, at) => group.slice(at + 1).map((b) => [a, b])));
  const key = ([a, b]) => `${a.line}|${b.line}`;
  const chosen = options.find((both) => key(both) === page.state.pair) ?? options[0];
  const choice = el("select", { id: "pair", "aria-label": "Two lines" }, ...options.map((both) => el("option", { value: key(both), selected: both === chosen }, `${page.name(both[0].line)} and ${page.name(both[1].line)}`)));
  choice.addEventListener("change", () => { page.state.pair = choice.value; page.remember(); pair(page, root); });
  const [cheap, dear] = [...chosen].sort((a, b) => total(costs(a, page.state, page.model)) - total(costs(b, page.state, page.model)));
  const from = costs(dear, page.state, page.model);
  const to = costs(cheap, page.state, page.model);
  const sum = (by, parts) => parts.reduce((found, part) => found + (by[part] ?? 0), 0);
  /** @type {[string, number][]} */
  const steps = Object.entries(SIX).map(([name, parts]) => /** @type {[string, number]} */ ([name, sum(to, parts) - sum(from, parts)])).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  /** @type {[string, number][]} */
  const rows = [[page.name(dear.line), total(from)], ...steps, [page.name(cheap.line), total(to)]];
  const of = `${page.currency}/${unit(cheap.unit)}`;
  const bridge = chart({
    name: "bridge", title: `From ${page.name(dear.line)} to ${page.name(cheap.line)}, as it stands [${of}]`, heads: ["part", of], rows, sources: page.sources, cite: page.cite,
    traces: [{ type: "waterfall", x: rows.map((row) => row[0]), y: rows.map((row) => row[1]), measure: ["absolute", ...steps.map(() => "relative"), "total"], text: rows.map((row, at) => (at && at <= steps.length && row[1] > 0 ? "+" : "") + number(row[1])),
      textposition: "outside", totals: { marker: { color: "#2f5d8a" } }, increasing: { marker: { color: "#d29343" } }, decreasing: { marker: { color: "#3c8a6d" } }, connector: { line: { color: "#999", width: 1 } } }],
    layout: { height: 360, yaxis: { title: { text: of } } },
  });
  const parts = [el("div", { class: "row" }, choice), bridge];
  const [a, b] = [sampled(cheap, page.state, page.model), sampled(dear, page.state, page.model)];
  if (a && b) {
    const gap = Array.from(a, (usd, k) => b[k] - usd).filter(Number.isFinite);
    const ahead = gap.filter((usd) => usd > 0).length / gap.length;
    parts.push(el("h2", {}, "How sure"), el("p", { class: "say" }, `${page.name(cheap.line)} is the cheaper one in ${percent(ahead)} of the samples; the difference lies between ${number(quantile(gap, 0.1))} and ${number(quantile(gap, 0.9))} ${of} in eight of ten.`),
      chart({ name: "difference", title: `${page.name(dear.line)} less ${page.name(cheap.line)} in every sample [${of}]`, heads: ["sample", of], rows: gap.map((usd, k) => [k, usd]), sources: page.sources, cite: page.cite,
        traces: [{ type: "histogram", x: gap, nbinsx: 60, marker: { color: "#2f5d8a" } }], layout: { height: 260, xaxis: { title: { text: of } }, yaxis: { title: { text: "samples" } } } }));
  }
  const turns = switches(cheap, dear, page.state, page.model).slice(0, 15);
  parts.push(el("h2", {}, "At which price, all else as it stands, both cost the same"),
    sheet(["price", "unit", "now", "turns at", "cheaper above"], turns.map((one) => [one.title, unit(one.unit), one.now, one.at, page.name(one.above)])));
  root.replaceChildren(...parts);
}
