// The arithmetic of the page, against sums made by hand. Run by node --test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const { chances, costs, nearest, overlay, quantile, queues, read, sampled, switches, total, write } = await import(pathToFileURL(process.env.MODEL).href);
const model = { rates: [0.04, 0.08, 0.12], rate: 0.08 };
const slope = { price: "materials.X.price", title: "x: price", unit: "USD/kg", value: 10, by: { materials: 2, working_capital: 0.5 } };
const line = {
  line: "a", unit: "kg", key: ["k"], costs: { materials: 20, working_capital: 4, capital: 6 }, slopes: { [slope.price]: slope },
  rates: { capital: [5, 6, 7.5] }, sets: { cheap: 12 },
  samples: { cost: [30, 40], value: { [slope.price]: [10, 12] }, slope: { [slope.price]: [2.5, 3] } },
};
const state = (more = {}) => ({ prices: {}, rate: null, set: "", ...more });

test("as stated nothing moves", () => assert.equal(total(costs(line, state(), model)), 30));

test("a price moves every category by its slope", () => {
  const found = costs(line, state({ prices: { [slope.price]: 14 } }), model);
  assert.deepEqual(found, { materials: 28, working_capital: 6, capital: 6 });
});

test("the rate moves capital by the table and interest on stocks in proportion, at whatever prices", () => {
  const found = costs(line, state({ prices: { [slope.price]: 14 }, rate: 0.12 }), model);
  assert.ok(Math.abs(found.working_capital - 9) < 1e-12);
  assert.equal(found.capital, 7.5);
});

test("a price set gives its cost, and goods no longer move beside it", () => {
  assert.equal(total(costs(line, state({ set: "cheap", prices: { [slope.price]: 99 } }), model)), 12);
});

test("a typed price is fixed in every sample, whatever was drawn", () => {
  assert.deepEqual([...sampled(line, state({ prices: { [slope.price]: 12 } }), model)], [35, 40]);
});

test("quantiles leave out what is no number", () => {
  assert.equal(quantile([3, NaN, 1, 2], 0.5), 2);
  assert.ok(Number.isNaN(quantile([NaN], 0.5)));
});

test("equal lines share their chance, and a sample that fails counts for none", () => {
  assert.deepEqual(chances([[1, 1, NaN], [1, 2, 0]]), [0.75, 0.25]);
});

test("two lines swap at the price where both cost the same", () => {
  const other = { ...line, line: "b", costs: { materials: 36 }, slopes: {} };
  const [found] = switches(line, other, state(), model);
  // 30 + 2.5 (p - 10) = 36
  assert.ok(Math.abs(found.at - 12.4) < 1e-12);
  assert.equal(found.above, "b");
});

test("a queue is as long as its last move left it, and what is shipped adds up", () => {
  const moves = { time: [10, 10, 11, 12, 15, 16], amount: [0, 0, 5, 5, 4, 3], lots: [2, 0, 1, 1, 0, 0], move: ["there", "there", "take", "put", "ship", "ship"], source: [-1, -1, -1, 0, 1, 1], target: [0, 1, 0, 1, -1, -1] };
  const found = queues(moves, 2);
  assert.deepEqual([9, 10, 11, 11.9, 99].map((time) => found.waiting(0, time)), [0, 2, 1, 1, 1]);
  assert.deepEqual([10, 12].map((time) => found.waiting(1, time)), [0, 1]);
  assert.deepEqual([14, 15, 20].map((time) => found.shipped(time)), [{ lots: 0, amount: 0 }, { lots: 1, amount: 4 }, { lots: 2, amount: 7 }]);
});

test("the nearest rate is taken", () => assert.equal(nearest(model.rates, 0.11), 2));

test("an address holds a state", () => {
  const held = { tab: "pair", prices: { "materials.X.price": 14.5 }, rate: 0.12, set: "", pair: "a|b", step: "" };
  assert.deepEqual(read(write(held)), held);
  assert.deepEqual(read("#materials.X.price=oops&rate=x").prices, {});
});

test("an overlay says what was moved", () => {
  const text = overlay(state({ prices: { [slope.price]: 14 }, rate: 0.12 }), { [slope.price]: slope });
  assert.equal(text, "materials:\n  X:\n    price: {value: 14 USD/kg, estimate: set on the page}\neconomics:\n  discount_rate: {value: 0.12, estimate: set on the page}\n");
  assert.match(overlay(state({ prices: { [slope.price]: 14 } }), { [slope.price]: { ...slope, unit: "EUR/kg" } }, 2023), /price: \{value: 14 EUR\/kg, year: 2023, estimate/);
});
