// A <select> as a picker: the button beside it says what is chosen and opens the picker with its options. The select
// stays in its form and tells of a choice as it always does; without a script it is there itself.
import { offer } from "./picker_sources.js";

const selectOf = (opener) => document.getElementById(opener.dataset.select);

const nameOf = ({ text, dataset }) => dataset.name ?? text;

function optionFor(choice) {
  const { value, selected, dataset: { c, kind, more } } = choice;
  const text = nameOf(choice);
  const node = document.createElement("button");
  node.className = "item";
  node.type = "button";
  node.role = "option";
  node.tabIndex = -1;
  node.value = value;
  node.title = text;
  node.dataset.text = [text, more].filter(Boolean).join(" ");
  if (selected) {
    node.dataset.current = "";
    node.dataset.starts = "";
  }
  if (c !== undefined) node.append(dot(c, kind));
  const name = document.createElement("bdi");
  name.className = "name";
  name.textContent = text;
  node.append(name);
  if (more) {
    const end = document.createElement("bdi");
    end.className = "end faint num";
    end.textContent = more;
    node.append(end);
  }
  return node;
}

function dot(c, kind = "") {
  const node = document.createElement("span");
  node.className = `dot ${kind}`;
  node.dataset.c = c;
  return node;
}

offer("select", (opener) => {
  const list = document.createElement("div");
  list.className = "options";
  list.id = "picker-list";
  list.role = "listbox";
  list.ariaLabel = opener.dataset.title;
  list.append(...[...selectOf(opener).options].map(optionFor));
  const none = document.createElement("p");
  none.className = "nothing";
  none.role = "status";
  none.dataset.pickerNone = "";
  none.dataset.none = document.querySelector("[data-picker-body]").dataset.wordsNone;
  none.hidden = true;
  return { state: "ok", html: list.outerHTML + none.outerHTML };
});

// Says on each button what its select holds; a script, or the browser when it goes back, may have chosen another.
export function showChosen(part = document) {
  for (const opener of part.querySelectorAll("[data-source=select]")) {
    const [chosen] = selectOf(opener).selectedOptions;
    const value = opener.querySelector("[data-chosen]");
    const words = chosen ? nameOf(chosen) : "";
    if (value.textContent !== words) value.textContent = words;
    opener.title = chosen?.text ?? "";
    const more = opener.querySelector("[data-chosen-more]");
    if (more) more.textContent = chosen?.dataset.more ?? "";
    const mark = opener.querySelector(".dot");
    if (mark) {
      mark.hidden = chosen?.dataset.c === undefined;
      mark.dataset.c = chosen?.dataset.c ?? "";
    }
  }
}

document.addEventListener("pick", (event) => {
  if (event.target.dataset?.source !== "select") return;
  event.preventDefault();
  const select = selectOf(event.target);
  if (select.value === event.detail.option.value) return;
  select.value = event.detail.option.value;
  for (const name of ["input", "change"]) select.dispatchEvent(new Event(name, { bubbles: true }));
});
document.addEventListener("change", ({ target }) => { if (target.matches("select")) showChosen(target.form ?? document); });
document.addEventListener("click", ({ target }) => {
  const select = target.closest?.("label[for]")?.htmlFor;
  if (select) document.querySelector(`[data-source=select][data-select="${CSS.escape(select)}"]`)?.focus();
});
addEventListener("pageshow", () => showChosen());
for (const name of ["main-pane:shown", "htmx:afterSettle"]) document.body.addEventListener(name, () => showChosen());
