// A list over the composer to choose from by typing: colleagues after "@".
function element(tag, className, text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

// `pattern` finds what is searched before the caret, its first group without the sign; `find(query)` returns the items,
// `render(option, item)` fills an option, `pick(item, {start, end})` puts it in the place of what was typed.
export class Chooser {
  constructor({ box, field, pattern, find, render, none, pick }) {
    Object.assign(this, { box, field, pattern, find, render, none, pick });
    this.found = [];
    this.at = 0;
    this.typed = null; // {start, query}: where the text that searches begins
    this.put = null; // {from, text}: what the button typed to open the list
    field.addEventListener("input", () => this.look());
    box.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
    new ResizeObserver(() => this.isOpen && this.#fit()).observe(box.closest("section"));
    field.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== field) this.close(); }, 150));
  }

  get isOpen() { return !this.box.hidden; }

  close() {
    this.box.hidden = true;
    this.typed = null;
    this.put = null;
    this.field.removeAttribute("aria-activedescendant");
    this.field.removeAttribute("aria-controls");
  }

  // Shows the list where the text before the caret searches, closes it where it does not.
  look() {
    const { field } = this;
    const before = field.value.slice(0, field.selectionStart);
    const match = field.selectionStart === field.selectionEnd ? before.match(this.pattern) : null;
    if (!match) {
      if (this.isOpen) this.close();
      return;
    }
    this.typed = { start: before.length - match[1].length - 1, query: match[1] };
    this.#show();
  }

  // Opens by a button: types the sign that opens it.
  openWith(sign) {
    if (this.isOpen) { this.leave(); return; }
    const { field } = this;
    field.focus();
    const from = field.selectionStart;
    const before = field.value.slice(0, from);
    const text = (before && !/\s$/.test(before) ? " " : "") + sign;
    field.setRangeText(text, from, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (this.isOpen) this.put = { from, text };
  }

  // Closes without choosing: what only the button typed is no part of the message.
  leave() {
    const { field, put } = this;
    const isUnused = put && this.typed?.query === "" && field.value.startsWith(put.text, put.from);
    this.close();
    if (!isUnused) return;
    field.setRangeText("", put.from, put.from + put.text.length, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Returns whether the key was for the list.
  key(event) {
    if (!this.isOpen) return false;
    if (event.key === "Escape") { this.leave(); return true; }
    const isEnter = event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    // A person who chooses a reply that does not exist has not written a message to send.
    if (!this.found.length) { if (isEnter) this.close(); return isEnter; }
    if (event.key === "ArrowDown") this.#mark(this.at + 1);
    else if (event.key === "ArrowUp") this.#mark(this.at - 1);
    else if (isEnter || event.key === "Tab") this.#choose(this.at);
    else return false;
    return true;
  }

  #show() {
    const { box } = this;
    this.found = this.find(this.typed.query.toLocaleLowerCase());
    const list = this.#list();
    box.replaceChildren(element("p", "heading", this.box.dataset.title), this.found.length ? list : element("p", "nothing", this.none));
    box.hidden = false;
    box.scrollTop = 0;
    this.#fit();
    if (!this.found.length) return;
    this.field.setAttribute("aria-controls", list.id);
    this.#mark(0);
  }

  #list() {
    const list = document.createElement("div");
    list.role = "listbox";
    list.id = `${this.box.id}-list`;
    list.setAttribute("aria-label", this.box.dataset.title);
    list.append(...this.found.map((item, index) => this.#option(item, index)));
    return list;
  }

  #option(item, index) {
    const option = document.createElement("div");
    option.role = "option";
    option.id = `${this.box.id}-${index}`;
    this.render(option, item);
    option.addEventListener("pointerdown", (event) => event.preventDefault());
    option.addEventListener("click", () => this.#choose(index));
    return option;
  }

  #mark(index) {
    this.at = (index + this.found.length) % this.found.length;
    this.box.querySelectorAll("[role=option]").forEach((option, position) => {
      option.setAttribute("aria-selected", String(position === this.at));
      if (position !== this.at) return;
      this.field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    });
  }

  // It opens upwards, and a phone with its keyboard leaves little of the screen there.
  #fit() {
    const top = this.box.parentElement.getBoundingClientRect().top - (window.visualViewport?.offsetTop ?? 0);
    this.box.style.setProperty("--room", `${Math.max(64, top - 16)}px`);
  }

  #choose(index) {
    const { start, query } = this.typed;
    const item = this.found[index];
    this.close();
    this.field.focus();
    this.pick(item, { start, end: start + 1 + query.length });
  }
}
