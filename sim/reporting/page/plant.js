// The plant: its process graph with what every machine does, four weeks of the first replication, and a picture of any window.
import { chart } from "sim/charts.js";
import { floats } from "sim/data.js";
import { el, number, sheet, unit } from "sim/dom.js";
import { doing, queues, until } from "sim/model.js";

const STATES = { run: "#1c7a80", setup: "#5b93a6", clean: "#9cc3cf", down: "#c0392b", blocked: "#d98a2b", waiting: "#f0c877", starved: "#c9ced3", off_shift: "#8a939c" };
const ACROSS = 6;
const DOTS = 120;
const TRAVEL_S = 0.7; // how long a lot is seen on its way, at any speed [s]
const SVG = "http://www.w3.org/2000/svg";

function draw(tag, attributes, ...children) {
  const found = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, String(value));
  found.append(...children);
  return found;
}

export function plant(page, root) {
  const names = page.report.lines.map((line) => line.line).filter((line) => page.plants[line]);
  if (!names.length) { root.replaceChildren(el("p", {}, "This run has kept no replay.")); return; }
  const choice = el("select", { id: "plant", "aria-label": "Line" }, ...names.map((name) => el("option", { value: name }, page.name(name))));
  const place = el("div");
  choice.addEventListener("change", () => show(page, choice.value, place));
  root.replaceChildren(el("div", { class: "row" }, choice), place);
  show(page, names[0], place);
}

function show(page, name, root) {
  const it = page.plants[name];
  const clock = el("output", { id: "clock" });
  const moves = { ...it.moves, time: floats(it.moves.time), amount: floats(it.moves.amount) };
  const lots = queues(moves, it.steps.length);
  const slider = el("input", { type: "range", id: "time", min: it.from_h, max: it.to_h, step: (it.to_h - it.from_h) / 2000, value: it.from_h, "aria-label": "Time", style: "flex:1" });
  const speed = el("select", { "aria-label": "Speed" }, ...[1, 4, 24, 96].map((one) => el("option", { value: one, selected: one === 24 }, `${one} h/s`)));
  const play = el("button", { type: "button", id: "play" }, "Play");
  const detail = el("section", { "aria-live": "polite" });
  const { svg, at } = graph(it, moves, lots, (step) => { page.state.step = step; page.remember(); explain(page, name, it, step, detail); });
  let running = 0;
  const move = (time) => {
    slider.value = String(time);
    const { lots: many, amount } = lots.shipped(time);
    clock.textContent = `day ${Math.floor((time - it.from_h) / 24) + 1}, ${String(Math.floor((time - it.from_h) % 24)).padStart(2, "0")} h; shipped ${number(amount)} ${unit(it.unit)} in ${many} lots`;
    at(time, running ? TRAVEL_S * Number(speed.value) : 0);
  };
  const stop = () => { running = 0; play.textContent = "Play"; };
  play.addEventListener("click", () => {
    if (running) { stop(); return; }
    play.textContent = "Stop";
    if (Number(slider.value) >= it.to_h) move(it.from_h);
    let before = performance.now();
    running = 1;
    const tick = (now) => {
      if (!running || !svg.isConnected) return;
      const time = Math.min(it.to_h, Number(slider.value) + ((now - before) / 1000) * Number(speed.value));
      before = now;
      move(time);
      if (time >= it.to_h) stop();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  slider.addEventListener("input", () => move(Number(slider.value)));
  const legend = el("p", { class: "note" }, ...Object.entries(STATES).flatMap(([state, colour]) => [el("span", { style: `color:${colour}`, "aria-hidden": "true" }, "■ "), `${state.replaceAll("_", " ")}  `]));
  root.replaceChildren(el("div", { class: "scroll" }, svg), legend, el("div", { class: "row" }, play, slider, clock, speed), detail, gantt(page, name, it));
  move(it.from_h);
  explain(page, name, it, it.steps.some((one) => one.step === page.state.step) ? page.state.step : it.steps[0].step, detail);
}

/** Draw the process graph; *at* shows it at a time, with the lots that left a step in the hours before on their way. */
function graph(it, moves, lots, chosen) {
  const rows = Math.ceil(it.steps.length / ACROSS);
  const svg = draw("svg", { class: "flow", viewBox: `0 0 1080 ${rows * 120}`, role: "group", "aria-label": "Process graph" });
  const spot = (index) => [(index % ACROSS) * 180 + 5, Math.floor(index / ACROSS) * 120 + 28];
  svg.append(draw("defs", {}, draw("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, draw("path", { class: "head", d: "M0 0L8 4L0 8Z" }))));
  const dots = new Map();
  const ways = new Map();
  const counts = [];
  const order = new Map(it.steps.map((one, index) => [one.step, index]));
  for (const [from, to] of it.edges) {
    const [a, b] = [order.get(from), order.get(to)];
    if (a === undefined || b === undefined) continue;
    const [x0, y0] = spot(a);
    const [x1, y1] = spot(b);
    const beside = b === a + 1 && y0 === y1;
    const over = !beside && y0 === y1; // past the steps between, above them
    const way = beside ? `M${x0 + 150} ${y0 + 25}L${x1} ${y1 + 25}` : over ? `M${x0 + 90} ${y0}C${x0 + 90} ${y0 - 28} ${x1 + 60} ${y1 - 28} ${x1 + 60} ${y1}` : `M${x0 + 75} ${y0 + 75}C${x0 + 75} ${y0 + 105} ${x1 + 75} ${y1 - 25} ${x1 + 75} ${y1}`;
    const path = draw("path", { d: way, "marker-end": "url(#arrow)" });
    ways.set(`${a}>${b}`, path);
    svg.append(path);
  }
  it.steps.forEach((one, index) => {
    const [x, y] = spot(index);
    const box = draw("rect", { class: "box", x, y, width: 150, height: 75, rx: 5 });
    const words = one.title.length > 44 ? `${one.title.slice(0, 42)}…` : one.title;
    const cut = words.length > 22 ? words.lastIndexOf(" ", 22) : -1;
    const lines = cut > 0 ? [words.slice(0, cut), words.slice(cut + 1)] : [words];
    const node = draw("g", { tabindex: 0, role: "button", "aria-label": one.title }, box, ...lines.map((text, at) => draw("text", { x: x + 8, y: y + 18 + 14 * at }, text)));
    const machines = it.spans.filter((span) => span.step === one.step).slice(0, 24);
    machines.forEach((span, at) => {
      const dot = draw("rect", { x: x + 8 + (at % 12) * 11.5, y: y + 40 + Math.floor(at / 12) * 11, width: 9, height: 9 });
      dots.set(dot, span);
      node.append(dot);
    });
    counts.push(draw("text", { class: "queue", x: x + 8, y: y + 70 }));
    node.append(counts[index]);
    node.addEventListener("click", () => chosen(one.step));
    node.addEventListener("keydown", (event) => { if (/** @type {KeyboardEvent} */ (event).key === "Enter") chosen(one.step); });
    svg.append(node);
  });
  const afoot = Array.from({ length: DOTS }, () => draw("circle", { class: "lot", r: 4, cx: 0, cy: 0, visibility: "hidden" }));
  svg.append(...afoot);
  const at = (time, travel_h) => {
    for (const [dot, span] of dots) dot.setAttribute("fill", STATES[doing(span, time)]);
    counts.forEach((text, step) => { const many = lots.waiting(step, time); text.textContent = many ? `${many} ${many === 1 ? "lot waits" : "lots wait"}` : ""; });
    let used = 0;
    for (let k = until(moves.time, time) - 1; travel_h && k >= 0 && moves.time[k] > time - travel_h && used < DOTS; k--) {
      const path = moves.move[k] === "put" && ways.get(`${moves.source[k]}>${moves.target[k]}`);
      if (!path) continue;
      const spot = path.getPointAtLength(path.getTotalLength() * (time - moves.time[k]) / travel_h);
      const dot = afoot[used++];
      for (const [key, value] of [["cx", spot.x], ["cy", spot.y], ["visibility", "visible"]]) dot.setAttribute(key, String(value));
    }
    for (const dot of afoot.slice(used)) dot.setAttribute("visibility", "hidden");
  };
  return { svg, at };
}

function explain(page, name, it, step, root) {
  const one = it.steps.find((known) => known.step === step);
  if (!one) return;
  const cost = page.rows("costs").filter((row) => row.line === name && row.step === step);
  const energy = page.rows("energy").filter((row) => row.line === name && row.step === step);
  const given = page.report.lines.find((line) => line.line === name).given.filter((known) => known.path.includes(`.steps.${step.split("/").pop()}.`));
  const per = `${page.currency.toLowerCase()}_per_unit`;
  const sum = (rows, key) => rows.reduce((found, row) => found + row[key], 0);
  root.replaceChildren(el("h2", {}, one.title),
    el("p", {}, `${one.equipment}: ${one.machines} machine${one.machines === 1 ? "" : "s"}, busy ${number(100 * one.load)} % of its open hours as sized. Costs ${number(sum(cost, per))} ${page.currency} and takes ${number(sum(energy, "kwh_per_unit"))} kWh per unit of good product.`),
    el("details", {}, el("summary", {}, "Cost, item by item"), sheet(["category", "item", `${page.currency}/unit`, "grade"], cost.map((row) => [row.category, row.item, row[per], row.grade]))),
    el("details", {}, el("summary", {}, "Numbers and sources"), sheet(["number", "as stated", "unit", "low", "high", "grade", "source"], given.map((row) => [row.title, row.value, unit(row.unit), row.low, row.high, row.grade, row.source]))));
}

function gantt(page, name, it) {
  const place = el("div");
  const days = Math.floor((it.to_h - it.from_h) / 24);
  const first = el("input", { type: "number", id: "first-day", min: 1, max: days, value: 1, "aria-label": "First day" });
  const last = el("input", { type: "number", min: 1, max: days, value: Math.min(3, days), "aria-label": "Last day" });
  const renew = () => {
    const from = it.from_h + 24 * (Number(first.value) - 1);
    const to = it.from_h + 24 * Number(last.value);
    if (!(to > from)) return;
    const rows = [];
    for (const span of it.spans) for (let k = 0; k < span.start.length; k++) {
      const [start, end] = [Math.max(from, span.start[k]), Math.min(to, span.start[k + 1] ?? it.to_h)];
      if (end > start) rows.push([`${span.title} ${span.machine + 1}`, span.state[k], start - it.from_h, end - it.from_h]);
    }
    const traces = Object.entries(STATES).map(([state, color]) => { const own = rows.filter((row) => row[1] === state); return { type: "bar", orientation: "h", name: state.replaceAll("_", " "), y: own.map((row) => row[0]), x: own.map((row) => row[3] - row[2]), base: own.map((row) => row[2]), marker: { color } }; });
    const names = [...new Set(rows.map((row) => row[0]))];
    place.replaceChildren(chart({ name: `gantt_${name}`, title: `What every machine of ${page.name(name)} does [h after the warm-up]`, heads: ["machine", "state", "start h", "end h"], rows, sources: page.sources, cite: page.cite, traces,
      layout: { barmode: "overlay", height: 150 + 17 * names.length, margin: { l: 60, r: 20, t: 60, b: 45 }, legend: { orientation: "h", y: 1.01, yanchor: "bottom" }, yaxis: { autorange: "reversed", categoryorder: "array", categoryarray: names }, xaxis: { title: { text: "h after the warm-up" } } } }));
  };
  first.addEventListener("change", renew);
  last.addEventListener("change", renew);
  renew();
  return el("section", {}, el("h2", {}, "Machine by machine"), el("div", { class: "row" }, "from day", first, "to day", last), place);
}
