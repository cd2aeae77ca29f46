// Every table of the run.
import { csv, el, save, sheet } from "sim/dom.js";

export function tables(page, root) {
  const names = Object.keys(page.tables);
  const choice = el("select", { id: "table", "aria-label": "Table" }, ...names.map((name) => el("option", {}, name)));
  const place = el("div");
  const rows = (name) => { const columns = page.tables[name].columns; return Array.from({ length: columns[0]?.length ?? 0 }, (_, at) => columns.map((column) => column[at])); };
  const renew = () => place.replaceChildren(el("p", { class: "note" }, page.tables[choice.value].meaning), sheet(page.tables[choice.value].heads, rows(choice.value)));
  choice.addEventListener("change", renew);
  root.replaceChildren(el("div", { class: "row" }, choice, el("button", { type: "button", onclick: () => save(`${choice.value}.csv`, csv(page.tables[choice.value].heads, rows(choice.value)), "text/csv") }, "CSV")), place);
  renew();
}
