// Saved replies: a "/" that is typed in the text opens the picker, and so does a button. What is typed after the "/"
// narrows it, and is part of the text where nothing is chosen.
import { close, isOpenFor, open, press, typeIn, typedIn } from "../core/picker.js";
import { offer } from "../core/picker_sources.js";
import { insert } from "./insert.js";
import { optionsOf } from "./reply_options.js";
import { putVariablesIn } from "./variables.js";

const SIGN = /(?:^|\s)\/([\p{L}\p{N}_-]{0,30})$/u;
const parts = new Map(); // the button → its ReplyPicker; those that have left the page are let go

class ReplyPicker {
  constructor(form, { field, facts, typed }) {
    Object.assign(this, { form, field, facts, typed });
    this.opener = form.querySelector("[data-open-canned]");
    this.slash = null; // {start, length}: the "/" in the text that opened it, with what is typed after it there
    this.left = -1; // where a "/" is that was left without a choice
    this.isWriting = false;
    for (const opener of parts.keys()) if (!opener.isConnected) parts.delete(opener);
    parts.set(this.opener, this);
    field.addEventListener("input", (event) => this.#look(event));
    field.addEventListener("focus", () => { if (this.isOpen && this.slash && !this.isWriting) this.#write(typedIn()); });
    this.opener.addEventListener("pick", (event) => this.#picked(event));
    this.opener.addEventListener("picker:closed", ({ detail }) => this.#closed(detail));
  }

  get isOpen() { return isOpenFor(this.opener); }

  // What the field holds before its caret, where that opens the picker.
  #sign() {
    const { field } = this;
    if (field.selectionStart !== field.selectionEnd) return null;
    const before = field.value.slice(0, field.selectionStart);
    const match = before.match(SIGN);
    return match && { start: before.length - match[1].length - 1, length: match[1].length + 1, query: match[1] };
  }

  #look({ isComposing, inputType = "", data }) {
    if (this.isWriting || isComposing) return;
    const sign = this.#sign();
    if (this.isOpen) {
      if (!sign) { this.slash = null; close({ givesBack: false }); return; }
      this.slash = sign;
      typeIn(sign.query);
      return;
    }
    if (sign?.start !== this.left) this.left = -1;
    const isPutIn = this.left < 0 && !/^(history|delete)/.test(inputType);
    if (!sign || !(inputType === "insertText" ? data === "/" : isPutIn)) return;
    this.slash = sign;
    open(this.opener, { typed: sign.query });
  }

  // A key in the field while the picker is open. Returns whether it was for the picker.
  key(event) {
    if (!this.isOpen) return false;
    const isTab = event.key === "Tab" && !event.shiftKey;
    return press(isTab ? { key: "Enter" } : event);
  }

  close() { if (this.isOpen) close({ givesBack: false }); }

  #picked(event) {
    const { option } = event.detail;
    if (option.dataset.do === "manage") { this.#takeBack(); return; }
    event.preventDefault();
    if (option.dataset.do === "save") { this.#takeBack(); this.form.querySelector("a[data-save-reply]").click(); } else this.#put(option.dataset.written);
  }

  #put(written) {
    const { field, slash } = this;
    const text = putVariablesIn(written, this.facts.values);
    this.#quietly(() => {
      if (!slash) {
        const { selectionStart: start, selectionEnd: end } = field;
        const gap = start > 0 && !/\s/.test(field.value[start - 1]) ? " " : "";
        insert(field, gap + text, { start, end });
        return;
      }
      const typed = `/${typedIn()}`; // Ctrl+Z leads back to it
      const end = slash.start + slash.length;
      if (field.value.slice(slash.start, end) !== typed) insert(field, typed, { start: slash.start, end });
      insert(field, text, { start: slash.start, end: slash.start + typed.length });
    });
    this.slash = null;
    this.typed();
  }

  // Writes into the text what was typed in the picker.
  #write(typed) {
    const { start, length } = this.slash;
    this.slash.length = typed.length + 1;
    this.#replace(`/${typed}`, { start, end: start + length });
  }

  #takeBack() {
    if (!this.slash) return;
    const { start, length } = this.slash;
    this.slash = null;
    this.#replace("", { start, end: start + length });
  }

  #replace(text, { start, end }) {
    if (this.field.value.slice(start, end) === text) return;
    this.#quietly(() => {
      this.field.setRangeText(text, start, end, "end");
      this.field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  #quietly(change) {
    this.isWriting = true;
    change();
    this.isWriting = false;
  }

  // Left without a choice: what was typed is text.
  #closed({ typed }) {
    if (!this.slash) return;
    this.#write(typed);
    this.left = this.slash.start;
    this.slash = null;
  }

  deleteSlash() {
    this.#takeBack();
    close();
  }
}

offer("replies", (opener) => ({ state: "ok", html: optionsOf(parts.get(opener)) }));

const fits = () => document.querySelector("#picker [role=option]:not([hidden])") !== null;
const openNow = () => [...parts.values()].find((part) => part.isOpen);

document.addEventListener("input", ({ target, isComposing }) => {
  const part = target.closest?.("#picker") && !isComposing ? openNow() : null;
  if (!part) return;
  if (!part.slash && target.value.startsWith("/")) { typeIn(target.value.slice(1)); return; }
  // A space after the "/", or after words that no reply has: it was no shortcut, and goes on as text.
  if (part.slash && /\s$/.test(target.value) && (!fits() || !target.value.trim())) close();
});

document.addEventListener("keydown", (event) => {
  const part = event.target.matches?.("#picker input") && !event.isComposing ? openNow() : null;
  if (!part?.slash) return;
  if (event.key === "Backspace" && !event.target.value) part.deleteSlash();
  else if (event.key === "Tab" && !event.shiftKey && fits()) press({ key: "Enter" });
  else if (event.key === "Enter" && !fits() && event.target.value) close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });

// Returns `key`, which tells whether a key in the field was for the picker, and `close`.
export function savedReplies(form, { field = form.elements.reply, facts, typed }) {
  const part = new ReplyPicker(form, { field, facts, typed });
  return { key: (event) => part.key(event), close: () => part.close() };
}
