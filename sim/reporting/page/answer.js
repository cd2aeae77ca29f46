// The answer, with prices, wages, the rate and whole price sets that can be moved.
import { draw, under } from "sim/charts.js";
import { el, number, percent, save, sheet, unit } from "sim/dom.js";
import { chances, costs, nearest, overlay, quantile, sampled, switches, total } from "sim/model.js";

export const SIX = {
  materials: ["materials"], "solvents, gases, waste": ["solvents", "gases", "consumables", "waste"], energy: ["utilities"],
  labour: ["labour"], plant: ["capital", "maintenance", "building", "insurance_tax"], "overhead, stocks": ["overhead", "working_capital"],
};
const COLOURS = ["#2f5d8a", "#1c7a80", "#7d8f3c", "#b09a2b", "#d29343", "#e6a3ab"];

/** Return what every line costs where the state stands, by group. */
export function standing(page) {
  return page.groups.map((group) => {
    const found = group.map((line) => {
      const by = costs(line, page.state, page.model);
      const values = sampled(line, page.state, page.model);
      const told = page.headline(line.line);
      const set = page.state.set ? page.chancesAt[page.state.set]?.[line.line] : undefined;
      return {
        line, by, total: total(by), values, priced: told.cost_stated !== null, set,
        median: values ? quantile(values, 0.5) : set?.median ?? NaN, p10: values ? quantile(values, 0.1) : NaN, p90: values ? quantile(values, 0.9) : NaN,
      };
    });
    const compared = found.filter((one) => one.values && one.priced);
    const shares = compared.length > 1 ? chances(compared.map((one) => one.values)) : [];
    found.forEach((one) => { one.chance = one.set ? one.set.chance : compared.length > 1 && compared.includes(one) ? shares[compared.indexOf(one)] : NaN; });
    return found.sort((a, b) => (Number.isFinite(a.median) && Number.isFinite(b.median) ? a.median - b.median : a.total - b.total));
  });
}

/** Draw the tab. */
export function answer(page, root) {
  const left = el("section", { "aria-live": "polite" });
  const right = el("aside", { "aria-label": "Prices" });
  root.replaceChildren(el("div", { class: "answer" }, left, right));
  const places = page.groups.map(() => el("div", { class: "chart" }));
  const said = page.groups.map(() => el("div"));
  page.groups.forEach((group, at) => {
    const of = `${page.currency}/${unit(group[0].unit)}`;
    places[at].setAttribute("role", "img");
    places[at].setAttribute("aria-label", `Cost of ${page.title(group[0])} by category`);
    left.append(el("h2", {}, `${page.title(group[0])}, ${of}`), places[at], said[at], under(places[at], {
      name: `cost_${at + 1}`, heads: ["line", ...Object.keys(SIX), "total", "median", "P10", "P90"], sources: page.sources, cite: page.cite,
      rows: () => standing(page)[at].map((one) => [page.name(one.line.line), ...Object.values(SIX).map((parts) => parts.reduce((sum, part) => sum + (one.by[part] ?? 0), 0)), one.total, one.median, one.p10, one.p90]),
    }));
  });

  const renew = () => {
    page.remember();
    standing(page).forEach((rows, at) => {
      const names = rows.map((one) => page.name(one.line.line));
      /** @type {any[]} */
      const traces = Object.entries(SIX).map(([name, parts], place) => ({
        type: "bar", orientation: "h", name, y: names, x: rows.map((one) => parts.reduce((sum, part) => sum + (one.by[part] ?? 0), 0)),
        marker: { color: COLOURS[place] }, hovertemplate: `%{y}: ${name} %{x:.4g}<extra></extra>`,
      }));
      if (rows.some((one) => Number.isFinite(one.p90))) traces.push({
        type: "scatter", mode: "markers", name: "median, P10 to P90", y: names, x: rows.map((one) => one.median), marker: { color: "#888", symbol: "line-ns-open", size: 12 },
        error_x: { type: "data", symmetric: false, array: rows.map((one) => one.p90 - one.median), arrayminus: rows.map((one) => one.median - one.p10), color: "#888" },
        hovertemplate: "%{y}: median %{x:.4g}<extra></extra>",
      });
      draw(places[at], traces, { barmode: "relative", height: 150 + 44 * rows.length, margin: { l: 60, r: 20, t: 60, b: 45 }, legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, yaxis: { autorange: "reversed" }, xaxis: { title: { text: `${page.currency}/${unit(rows[0].line.unit)}` } } });
      const table = sheet(["line", "as stated", "median", "P10", "P90", "cheapest"], rows.map((one) => [
        page.name(one.line.line), one.priced ? one.total : "no price", one.priced ? one.median : "–", one.priced ? one.p10 : "–", one.priced ? one.p90 : "–", percent(one.chance)]));
      const first = rows.filter((one) => one.priced);
      const parts = [table];
      if (first.length > 1) {
        const turns = switches(first[0].line, first[1].line, page.state, page.model).slice(0, 3);
        parts.push(el("p", { class: "say" }, turns.length
          ? `${page.name(first[0].line.line)} and ${page.name(first[1].line.line)} cost the same, all else as it stands, at ${turns.map((one) => `${number(one.at)} ${unit(one.unit)} (${one.title}; now ${number(one.now)})`).join(", or ")}.`
          : `No single price makes ${page.name(first[0].line.line)} and ${page.name(first[1].line.line)} cost the same.`));
      }
      said[at].replaceChildren(...parts);
    });
  };
  controls(page, right, renew);
  renew();
}

/** Draw the sliders, fields and buttons. */
function controls(page, root, renew) {
  const again = () => { controls(page, root, renew); renew(); };
  const sets = el("fieldset", {}, el("legend", {}, "Price set"), el("div", { class: "row" }, ...["", ...page.sets].map((name) =>
    el("button", { type: "button", "aria-pressed": page.state.set === name ? "true" : "false", "data-set": name, onclick: () => {
      page.state.set = name;
      if (name) for (const price of Object.keys(page.state.prices)) if (price.startsWith("materials.")) delete page.state.prices[price];
      if (name) page.state.rate = null;
      again();
    } }, name ? name.replaceAll("_", " ") : "this run"))), el("p", { class: "note" }, "All prices of a set at once; goods and the rate cannot be moved beside it."));
  const prices = el("fieldset", {}, el("legend", {}, "Prices and wages"));
  for (const slope of page.shown) prices.append(slider(page, slope, renew));
  const more = el("select", { "aria-label": "Another price" }, el("option", { value: "" }, "another price …"), ...Object.values(page.known)
    .filter((slope) => !page.shown.includes(slope)).sort((a, b) => a.title.localeCompare(b.title)).map((slope) => el("option", { value: slope.price }, slope.title)));
  more.addEventListener("change", () => { if (page.known[more.value]) { page.shown.push(page.known[more.value]); again(); } });
  prices.append(el("div", { class: "row" }, more));
  const at = page.state.rate ?? page.model.rate;
  const shown = el("output", {}, `${number(100 * at)} %`);
  const rate = el("input", { type: "range", id: "rate", min: 0, max: page.model.rates.length - 1, step: 1, value: nearest(page.model.rates, at), disabled: Boolean(page.state.set), "aria-label": "interest rate",
    oninput: () => { page.state.rate = page.model.rates[Number(rate.value)]; shown.textContent = `${number(100 * page.state.rate)} %`; renew(); } });
  const finance = el("fieldset", {}, el("legend", {}, "Interest rate"), el("div", { class: "slider" }, rate, shown));
  const keep = el("div", { class: "row" },
    el("button", { type: "button", onclick: () => { page.state.prices = {}; page.state.rate = null; page.state.set = ""; again(); } }, "As stated"),
    el("button", { type: "button", id: "overlay", onclick: () => save("overlay.yaml", overlay(page.state, page.known, page.year), "text/yaml") }, "Save as overlay"));
  root.replaceChildren(sets, prices, finance, keep, el("p", { class: "note" }, page.state.set
    ? `The same by: sim run ${page.scenario} --set prices=${page.state.set}`
    : `The same by: sim run ${page.scenario} --overlay overlay.yaml`));
}

function slider(page, slope, renew) {
  const now = page.state.prices[slope.price] ?? slope.value;
  const range = page.ranges[slope.price];
  const low = Math.min(range?.low ?? 0.3 * slope.value, now, 0.3 * slope.value);
  const high = Math.max(range?.high ?? 2 * slope.value, now, 2 * slope.value);
  const off = Boolean(page.state.set) && slope.price.startsWith("materials.");
  const id = slope.price.replaceAll(".", "-");
  const set = (value) => {
    if (!Number.isFinite(value) || value < 0) return;
    if (value === slope.value) delete page.state.prices[slope.price];
    else page.state.prices[slope.price] = value;
    renew();
  };
  const field = el("input", { type: "number", min: 0, step: "any", value: Number(now.toPrecision(6)), disabled: off, "aria-label": `${slope.title} in ${slope.unit}`, "data-price": slope.price, oninput: () => { bar.value = field.value; set(Number(field.value)); } });
  const bar = el("input", { type: "range", id, min: low, max: high, step: (high - low) / 400, value: now, disabled: off, oninput: () => { field.value = String(Number(Number(bar.value).toPrecision(4))); set(Number(field.value)); } });
  const told = range ? `range ${number(range.low)} to ${number(range.high)}, grade ${range.grade}` : "no range";
  return el("div", { class: "slider" }, el("label", { for: id }, `${slope.title} [${unit(slope.unit)}]`), bar, field, el("output", {}, told));
}
