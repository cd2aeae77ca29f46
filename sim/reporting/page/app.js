// The page: tabs, what was moved, and the data behind both.
import { answer } from "sim/answer.js";
import { floats, unpacked } from "sim/data.js";
import { el } from "sim/dom.js";
import { method } from "sim/method.js";
import { read, write } from "sim/model.js";
import { numbers } from "sim/numbers.js";
import { pair } from "sim/pair.js";
import { plant } from "sim/plant.js";
import { tables } from "sim/tables.js";

/** @type {Object<string, [string, (page: any, root: HTMLElement) => void]>} */
const TABS = { answer: ["Answer", answer], pair: ["Two lines", pair], plant: ["Plant", plant], numbers: ["Numbers", numbers], tables: ["Tables", tables], method: ["Method", method] };

/** Return what the tabs draw from, made of what the page carries. */
export function opened(data, state) {
  const report = data.report;
  const lines = data.lines.map((line) => ({ ...line, samples: line.samples && {
    cost: floats(line.samples.cost), value: mapped(line.samples.value), slope: mapped(line.samples.slope) } }));
  const known = {};
  for (const line of lines) for (const slope of Object.values(line.slopes)) known[slope.price] ??= slope;
  const groups = new Map();
  for (const line of lines) { const key = line.key.join("|"); groups.set(key, [...(groups.get(key) ?? []), line]); }
  const ranges = {};
  for (const line of report.lines) for (const one of line.given) if (known[one.path] && one.low !== null) ranges[one.path] ??= one;
  const swing = (slope) => Math.max(...lines.map((line) => {
    const own = line.slopes[slope.price];
    const range = ranges[slope.price];
    const cost = Object.values(line.costs).reduce((sum, usd) => sum + usd, 0) || 1;
    return own ? Math.abs(Object.values(own.by).reduce((sum, by) => sum + by, 0)) * (range ? range.high - range.low : 0.3 * own.value) / cost : 0;
  }));
  const shown = Object.values(known).sort((a, b) => swing(b) - swing(a)).slice(0, 8);
  for (const price of Object.keys(state.prices)) { if (!known[price]) delete state.prices[price]; else if (!shown.includes(known[price])) shown.push(known[price]); }
  const rowsOf = {};
  return {
    report, lines, known, ranges, shown, state, tables: data.tables, plants: data.plants, sets: data.sets, chancesAt: data.chances,
    groups: [...groups.values()], model: { rates: data.rates, rate: data.rate }, scenario: data.scenario, currency: data.currency, year: data.year,
    sources: report.references.map((one) => `[${one.number}] ${one.text}`).slice(0, 12).join("; "),
    cite: `${report.title}; ${report.footer}`,
    name: (line) => data.names[line] ?? line, title: (line) => line.key[1] + (line.key[4] ? ` (${line.key[4]})` : "") + (line.key[3] ? `, ${line.key[3]} scale` : ""),
    headline: (line) => report.lines.find((one) => one.line === line),
    rows: (table) => (rowsOf[table] ??= Array.from({ length: data.tables[table].columns[0].length }, (_, at) => Object.fromEntries(data.tables[table].heads.map((head, place) => [head, data.tables[table].columns[place][at]])))),
    remember: () => history.replaceState(null, "", write(state)),
  };
}

const mapped = (packed) => Object.fromEntries(Object.entries(packed).map(([key, text]) => [key, floats(text)]));

async function start() {
  const data = JSON.parse(await unpacked("data"));
  const state = read(location.hash);
  const page = opened(data, state);
  document.title = data.report.title;
  const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
  $("question").textContent = [data.report.title, data.report.question].filter(Boolean).join(" – ");
  $("finding").textContent = data.report.finding;
  $("foot").textContent = `${data.report.basis} ${data.report.footer}`;
  const main = $("main");
  const tabs = Object.entries(TABS).map(([key, [title]]) => el("button", { role: "tab", type: "button", id: `tab-${key}`, "aria-controls": "main", onclick: () => open(key) }, title));
  const open = (key, focus = false) => {
    state.tab = key;
    page.remember();
    tabs.forEach((tab) => { const on = tab.id === `tab-${key}`; tab.setAttribute("aria-selected", String(on)); tab.tabIndex = on ? 0 : -1; if (on && focus) tab.focus(); });
    main.setAttribute("role", "tabpanel");
    main.setAttribute("aria-labelledby", `tab-${key}`);
    TABS[key][1](page, main);
  };
  const keys = Object.keys(TABS);
  $("tabs").append(...tabs);
  $("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) open(keys[(keys.indexOf(state.tab) + step + keys.length) % keys.length], true);
  });
  window.addEventListener("hashchange", () => { const next = read(location.hash); Object.assign(state, next); open(TABS[next.tab] ? next.tab : "answer"); });
  open(TABS[state.tab] ? state.tab : "answer");
  dropped(page, main);
  document.documentElement.dataset.ready = "yes";
}

/** Compare a second results folder that is dropped onto the page. */
function dropped(page, main) {
  const stop = (event) => { event.preventDefault(); document.body.classList.toggle("drop", event.type === "dragover"); };
  for (const kind of ["dragover", "dragleave"]) document.body.addEventListener(kind, stop);
  document.body.addEventListener("drop", async (event) => {
    stop(event);
    const file = await found(/** @type {DataTransfer} */ (event.dataTransfer));
    if (!file) { main.prepend(el("p", { role: "alert" }, "Drop a results folder, or its report.json.")); return; }
    beside(page, main, JSON.parse(await file.text()));
  });
}

async function found(transfer) {
  for (const item of transfer.items) {
    const entry = item.webkitGetAsEntry?.();
    if (entry?.isDirectory) return new Promise((done) => entry.getFile("report.json", {}, (one) => one.file(done), () => done(null)));
  }
  return [...transfer.files].find((file) => file.name === "report.json") ?? null;
}

function beside(page, main, other) {
  const rows = page.report.lines.map((line) => { const twin = other.lines.find((one) => one.line === line.line); return [page.name(line.line), line.cost_stated, twin?.cost_stated ?? null, twin ? twin.cost_stated - line.cost_stated : null, line.cost_median, twin?.cost_median ?? null]; });
  main.prepend(el("section", {}, el("h2", {}, `Beside: ${other.title}`), el("table", {}, el("thead", {}, el("tr", {}, ...["line", "as stated here", "there", "change", "median here", "there"].map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, typeof cell === "number" ? cell.toPrecision(4) : cell ?? "–"))))))));
}

if (typeof document !== "undefined") start().catch((error) => { /** @type {HTMLElement} */ (document.getElementById("main")).replaceChildren(el("p", { role: "alert" }, `The page cannot be shown: ${error.message}`)); throw error; });
