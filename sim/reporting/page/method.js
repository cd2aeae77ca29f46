// What the report says in words and tables, with its references.
import { el } from "sim/dom.js";

export function method(page, root) {
  const parts = page.report.chapters.flatMap((chapter) => [el("h2", {}, chapter.heading || page.report.title), ...chapter.blocks.map(block).filter(Boolean)]);
  const listed = page.report.references.map((one) => el("li", { value: one.number }, one.link ? el("a", { href: one.link, rel: "noreferrer" }, one.text) : one.text));
  root.replaceChildren(...parts, el("h2", {}, "References"), el("ol", {}, ...listed));
}

function block(it) {
  if (it.kind === "words") return el("p", {}, ...(it.lead ? [el("strong", {}, `${it.lead} `)] : []), it.text);
  if (it.kind === "heading") return el("h3", {}, it.text);
  if (it.kind === "list") return el("ul", {}, ...it.items.map(([, text]) => el("li", {}, text)));
  if (it.kind === "facts") return el("dl", {}, ...it.items.flatMap(([word, text]) => [el("dt", {}, word), el("dd", {}, text)]));
  if (it.kind !== "table" || !it.table) return null;
  const heads = it.table.columns.map((column) => el("th", { scope: "col" }, column.title + (column.unit ? ` [${column.unit}]` : "")));
  const rows = it.table.rows.map((row) => (row.head
    ? el("tr", { class: "head" }, el("td", { colspan: heads.length }, row.head))
    : el("tr", {}, ...row.cells.map((cell, at) => el("td", { class: it.table.columns[at]?.side === "r" ? "n" : false }, cell)))));
  return el("figure", {}, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": it.lead || it.number }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows))), el("figcaption", {}, `${it.number}. ${it.lead}`));
}
