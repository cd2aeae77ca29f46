// What prices, wages and the interest rate make of the cost, and what the plant does at a time. Nothing here knows of the page.

/**
 * @typedef {Object} Slope
 * @property {string} price Path of the number.
 * @property {string} title
 * @property {string} unit
 * @property {number} value As stated.
 * @property {Object<string, number>} by USD/unit per unit of the price, by category.
 * @typedef {Object} Line
 * @property {string} line
 * @property {string} unit
 * @property {string[]} key What lines must share to be compared.
 * @property {Object<string, number>} costs As stated, by category [USD/unit].
 * @property {Object<string, Slope>} slopes By price.
 * @property {Object<string, number[]>} rates Cost by category at the rates of the model.
 * @property {Object<string, number>} sets Cost at every price set [USD/unit].
 * @property {?{cost: ArrayLike<number>, value: Object<string, ArrayLike<number>>, slope: Object<string, ArrayLike<number>>}} samples
 * @typedef {Object} State What was moved: prices by their path, the rate, a price set.
 * @property {Object<string, number>} prices
 * @property {?number} rate
 * @property {string} set Empty: the prices of the run.
 */

export const STOCKS = "working_capital";

/** Return the nearest rate that is tabled. */
export function nearest(rates, rate) {
  return rates.reduce((best, one, at) => (Math.abs(one - rate) < Math.abs(rates[best] - rate) ? at : best), 0);
}

/**
 * Return the cost of a line by category [USD/unit]; exact, for the cost is a straight line of every price.
 * @param {Line} line @param {State} state @param {{rates: number[], rate: number}} model
 */
export function costs(line, state, model) {
  const found = { ...line.costs };
  const set = state.set ? line.sets[state.set] : undefined;
  if (set !== undefined) found.materials = (found.materials ?? 0) + set - total(line.costs);
  for (const [price, value] of Object.entries(state.prices)) {
    const slope = line.slopes[price];
    if (!slope || (set !== undefined && price.startsWith("materials."))) continue;
    for (const [category, by] of Object.entries(slope.by)) found[category] = (found[category] ?? 0) + by * (value - slope.value);
  }
  if (state.rate !== null && state.rate !== undefined && set === undefined) {
    const at = nearest(model.rates, state.rate);
    const from = nearest(model.rates, model.rate);
    for (const [category, values] of Object.entries(line.rates)) found[category] += values[at] - values[from];
    if (found[STOCKS] !== undefined && model.rate > 0) found[STOCKS] *= model.rates[at] / model.rate;
  }
  return found;
}

/** Return the sum of a cost by category. */
export function total(by) {
  return Object.values(by).reduce((sum, usd) => sum + usd, 0);
}

/**
 * Return the cost of a line in every sample: a typed price is fixed, all others keep their draws.
 * @param {Line} line @param {State} state @param {{rates: number[], rate: number}} model
 * @returns {Float64Array | null}
 */
export function sampled(line, state, model) {
  if (!line.samples || state.set) return null;
  const found = Float64Array.from(line.samples.cost);
  const rest = { ...state, prices: {} };
  for (const [price, value] of Object.entries(state.prices)) {
    const slopes = line.samples.slope[price];
    const drawn = line.samples.value[price];
    if (slopes && drawn) for (let k = 0; k < found.length; k++) found[k] += slopes[k] * (value - drawn[k]);
    else rest.prices[price] = value;
  }
  const shift = total(costs(line, rest, model)) - total(line.costs);
  if (shift) for (let k = 0; k < found.length; k++) found[k] += shift;
  return found;
}

/** Return a quantile of numbers, by straight lines between them; those that are none are left out. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  if (!sorted.length) return NaN;
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

/** Return the share of the samples in which each line is the cheapest; equal ones share it. */
export function chances(columns) {
  const shares = columns.map(() => 0);
  let whole = 0;
  for (let k = 0; k < (columns[0]?.length ?? 0); k++) {
    const row = columns.map((values) => values[k]);
    if (!row.every(Number.isFinite)) continue;
    whole += 1;
    const least = Math.min(...row);
    const best = row.filter((usd) => usd <= least).length;
    row.forEach((usd, at) => { if (usd <= least) shares[at] += 1 / best; });
  }
  return shares.map((share) => (whole ? share / whole : NaN));
}

/**
 * Return the prices, one at a time, at which two lines cost the same, the nearest first.
 * @param {Line} a @param {Line} b @param {State} state
 */
export function switches(a, b, state, model) {
  const gap = total(costs(b, state, model)) - total(costs(a, state, model));
  const found = [];
  for (const price of new Set([...Object.keys(a.slopes), ...Object.keys(b.slopes)])) {
    if (state.set && price.startsWith("materials.")) continue;
    const slope = a.slopes[price] ?? b.slopes[price];
    const rise = total(b.slopes[price]?.by ?? {}) - total(a.slopes[price]?.by ?? {});
    const now = state.prices[price] ?? slope.value;
    const at = now - gap / rise;
    if (rise && at > 0 && Number.isFinite(at)) found.push({ price, title: slope.title, unit: slope.unit, now, at, above: rise > 0 ? a.line : b.line });
  }
  return found.sort((one, other) => Math.abs(Math.log(one.at / one.now)) - Math.abs(Math.log(other.at / other.now)));
}

/**
 * Return the YAML of an overlay that makes the same changes.
 * @param {State} state @param {Object<string, Slope>} known
 * @param {number} [year] Of the exchange rate, where money is no dollars.
 */
export function overlay(state, known, year) {
  const tree = {};
  const dated = year ? `year: ${year}, ` : "";
  const put = (path, value, more = "") => {
    const keys = path.split(".");
    const last = /** @type {string} */ (keys.pop());
    keys.reduce((node, key) => (node[key] ??= {}), tree)[last] = `{value: ${value}, ${more}estimate: set on the page}`;
  };
  for (const [price, value] of Object.entries(state.prices)) put(price, `${value} ${known[price].unit}`, dated);
  if (state.rate !== null && state.rate !== undefined) put("economics.discount_rate", `${state.rate}`);
  const write = (node, depth) =>
    Object.entries(node).map(([key, value]) => `${"  ".repeat(depth)}${key}:${typeof value === "string" ? ` ${value}` : `\n${write(value, depth + 1)}`}`).join("\n");
  return `${write(tree, 0)}\n`;
}

/** Return the state that an address holds, and the address of a state. */
export function read(hash) {
  const found = new URLSearchParams(hash.replace(/^#/, ""));
  const prices = {};
  for (const [key, value] of found) if (key.includes(".") && Number.isFinite(Number(value))) prices[key] = Number(value);
  const rate = found.has("rate") && Number.isFinite(Number(found.get("rate"))) ? Number(found.get("rate")) : null;
  return { tab: found.get("tab") ?? "", prices, rate, set: found.get("set") ?? "", pair: found.get("pair") ?? "", step: found.get("step") ?? "" };
}

export function write(state) {
  const found = new URLSearchParams();
  if (state.tab) found.set("tab", state.tab);
  for (const [price, value] of Object.entries(state.prices)) found.set(price, String(value));
  if (state.rate !== null && state.rate !== undefined) found.set("rate", String(state.rate));
  for (const key of ["set", "pair", "step"]) if (state[key]) found.set(key, state[key]);
  return `#${found}`;
}

/** Return how many of some times, which rise, are not after *time*. @param {ArrayLike<number>} times @param {number} time */
export function until(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) { const middle = (low + high) >> 1; if (times[middle] <= time) low = middle + 1; else high = middle; }
  return low;
}

/** Return what a machine does at a time: the last stretch that begins before it. */
export function doing(spans, time) {
  const found = until(spans.start, time);
  return found ? spans.state[found - 1] : "starved";
}

/** Return the queue in front of every step over time, and what was shipped by then. */
export function queues(moves, steps) {
  const found = Array.from({ length: steps }, () => ({ time: [], lots: [] }));
  const shipped = { time: [], lots: [0], amount: [0] };
  for (let k = 0; k < moves.time.length; k++) {
    if (moves.target[k] >= 0) { const own = found[moves.target[k]]; own.time.push(moves.time[k]); own.lots.push(moves.lots[k]); }
    if (moves.move[k] === "ship") { shipped.time.push(moves.time[k]); shipped.lots.push(shipped.lots.length); shipped.amount.push(shipped.amount[shipped.amount.length - 1] + moves.amount[k]); }
  }
  return { waiting: (step, time) => found[step].lots[until(found[step].time, time) - 1] ?? 0,
    shipped: (time) => { const k = until(shipped.time, time); return { lots: k, amount: shipped.amount[k] }; } };
}
