// The options of a picker: which fit what is typed, in which order, and which one Enter would choose.
import { fold } from "./fold.js";

const wordsOf = (text) => fold(text).split(/\s+/).filter(Boolean);

// 0: the text begins with what is typed, 1: a word of it does, 2: it is elsewhere in it; -1: it does not fit.
export function rank(text, typed) {
  const words = wordsOf(typed);
  const folded = fold(text);
  if (!words.every((word) => folded.includes(word))) return -1;
  if (!words.length || folded.startsWith(words.join(" "))) return 0;
  return words.every((word) => folded.split(/[\s@()·_-]+/).some((part) => part.startsWith(word))) ? 1 : 2;
}

export class PickerList {
  constructor(input, body) {
    this.input = input;
    this.body = body;
    this.active = null;
  }

  get options() { return [...this.body.querySelectorAll("[role=option]")]; }

  get shown() { return this.options.filter((option) => !option.hidden); }

  // The ids of what is on, where several can be.
  get chosen() { return this.options.filter((option) => option.ariaSelected === "true").map((option) => option.dataset.id); }

  get isMultiple() { return this.body.querySelector("[aria-multiselectable]") !== null; }

  // Takes in what the server offers. `current` are the ids that are chosen now.
  fill(html, current) {
    this.body.innerHTML = html; // escaped by the server's templates
    this.options.forEach((option, index) => {
      option.id = `picker-${index}`;
      option.dataset.order = index;
      if ("state" in option.dataset) option.dataset.order = index - { all: 2000, some: 1000, none: 0 }[option.dataset.state];
      if (!("id" in option.dataset)) return;
      const isCurrent = current.includes(option.dataset.id);
      if (this.isMultiple) {
        option.setAttribute("aria-selected", String(isCurrent));
        if (isCurrent) option.dataset.order = index - 1000; // what is on comes first
      } else option.toggleAttribute("data-current", isCurrent);
    });
  }

  filter() {
    const typed = this.input.value;
    for (const group of this.body.querySelectorAll("[role=listbox], [role=group]")) {
      const own = [...group.children].filter((child) => child.matches("[role=option]"));
      const ranks = new Map(own.map((option) => [option, this.#fits(option, typed)]));
      for (const [option, place] of ranks) option.hidden = place < 0;
      group.append(...own.toSorted((a, b) => ranks.get(a) - ranks.get(b) || a.dataset.order - b.dataset.order));
      if (group.matches("[role=group]")) group.hidden = own.every((option) => option.hidden);
    }
    this.tell();
    const begins = typed ? null : this.shown.find((option) => "starts" in option.dataset);
    this.activate(begins ?? this.shown.find((option) => !("last" in option.dataset)));
  }

  #fits(option, typed) {
    if ("last" in option.dataset) return typed ? -1 : 4;
    if ("create" in option.dataset) return this.#offersNew(option, typed.trim()) ? 4 : -1;
    if ("understood" in option.dataset) return option.value ? 3 : -1;
    return rank(option.dataset.text, typed);
  }

  // What does not exist yet can be made, under the name that was typed.
  #offersNew(option, name) {
    option.value = name;
    option.querySelector(".name").textContent = option.dataset.words.replace("%s", name);
    return name && !this.options.some((other) => other !== option && fold(other.dataset.text) === fold(name));
  }

  // Says that nothing fits, or that there is nothing yet.
  tell() {
    const words = this.body.querySelector("[data-picker-none]");
    const list = this.body.querySelector("[role=listbox]");
    const { shown } = this;
    const isEmpty = shown.every((option) => "last" in option.dataset);
    this.input.setAttribute("aria-expanded", String(shown.length > 0));
    if (!words || !list) return;
    list.hidden = !shown.length;
    const { empty, none } = words.dataset;
    const text = isEmpty ? (!this.input.value && empty) || none : "";
    if (words.textContent !== text) words.textContent = text;
    words.hidden = !isEmpty;
  }

  activate(option) {
    this.active?.removeAttribute("data-active");
    if (!this.isMultiple) this.active?.removeAttribute("aria-selected");
    this.active = option ?? null;
    this.#preview(option?.dataset.preview);
    if (!option) { this.input.removeAttribute("aria-activedescendant"); return; }
    option.toggleAttribute("data-active", true);
    if (!this.isMultiple) option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #preview(text = "") {
    const part = this.body.querySelector("[data-picker-preview]");
    if (!part) return;
    part.textContent = text;
    part.hidden = !text;
  }

  move(step) {
    const all = this.shown;
    if (!all.length) return;
    this.activate(all[(all.indexOf(this.active) + step + all.length) % all.length]);
  }
}
