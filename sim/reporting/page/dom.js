// Elements, numbers in print, and what stands under every chart.

/**
 * Return an element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Object<string, any>} [attributes]
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const found = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) found.addEventListener(key.slice(2), value);
    else if (value !== false && value !== undefined) found.setAttribute(key, value === true ? "" : String(value));
  }
  found.append(...children);
  return found;
}

/** Return a number with three digits as text, thousands apart. */
export function number(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6) return `${number(value / 1e6, digits)} million`;
  if (size < 1e-4) return value.toExponential(digits - 1).replace("-", "−");
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return value.toLocaleString("en-GB", { maximumFractionDigits: places, minimumFractionDigits: Math.min(places, 2) }).replace("-", "−");
}

/** Return a unit as it is printed. */
export function unit(text) {
  return text === "1" ? "" : text.replace(/\bm([23])\b/g, (_, power) => `m${power === "2" ? "²" : "³"}`).replace("CO2", "CO₂").replace("degC", "°C");
}

/** Return a share as text. */
export function percent(share) {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  return share > 0.99 ? "> 99 %" : share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`;
}

/** Return a table that sorts by its heads. @param {string[]} heads @param {Array<Array<string|number|null|Node>>} rows */
export function sheet(heads, rows, { most = 400 } = {}) {
  const body = el("tbody");
  let order = rows;
  let up = 0;
  let by = -1;
  const fill = () => {
    body.replaceChildren(...order.slice(0, most).map((row) => el("tr", {}, ...row.map((cell) =>
      el("td", { class: typeof cell === "number" ? "n" : false }, cell instanceof Node ? cell : typeof cell === "number" ? number(cell, 4) : cell ?? "")))));
    if (order.length > most) body.append(el("tr", {}, el("td", { colspan: heads.length }, `${order.length - most} more rows are in the download`)));
  };
  const sort = (at) => {
    up = by === at ? -up : 1;
    by = at;
    const value = (row) => (row[at] instanceof Node ? row[at].textContent : row[at]);
    order = [...rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      return up * (typeof x === "number" && typeof y === "number" ? x - y : String(x ?? "").localeCompare(String(y ?? "")));
    });
    [...head.children].forEach((cell, place) => cell.setAttribute("aria-sort", place === at ? (up > 0 ? "ascending" : "descending") : "none"));
    fill();
  };
  const head = el("tr", {}, ...heads.map((text, at) => el("th", { scope: "col" }, el("button", { type: "button", onclick: () => sort(at) }, text || " "))));
  fill();
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": heads.filter(Boolean).join(", ") }, el("table", {}, el("thead", {}, head), body));
}

/** Return rows as CSV; what a spreadsheet would take for a formula is text. */
export function csv(heads, rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [heads, ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

/** Hand a text to the reader as a file. */
export function save(name, text, type = "text/plain") {
  const address = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}
