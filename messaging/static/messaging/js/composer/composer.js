// The composer: counts while you type, keeps drafts, sends by key, and never loses or doubles a text.
import { insert, setUpChoices } from "./choices.js";
import { counterOf, showMeasure } from "./counter.js";
import { takenBack } from "./draft_merge.js";
import { isKeptHere, isWaiting, keep, keepHere, save, takeUp } from "./drafts.js";
import { isOfInputMethod, isSendKey } from "./keys.js";
import { Notice } from "./notice.js";
import { newId, Outgoing, revertOf } from "./outgoing.js";
import { costInWords } from "./price.js";
import { setUpLater } from "./send_later.js";
import { putIn } from "./text_edits.js";
import { unfilled } from "./variables.js";

export class Composer {
  constructor(form, { thread }) {
    form.dataset.ready = "";
    this.form = form;
    this.thread = thread;
    this.facts = JSON.parse(form.dataset.facts);
    this.reply = form.elements.reply;
    this.note = form.elements.note;
    this.replyMode = form.querySelector("[name=mode][value=reply]");
    this.notice = new Notice(form.querySelector("[data-error]"));
    this.later = setUpLater(form, { toggled: (isOpen) => this.#showWhatSends(isOpen) });
    this.choices = setUpChoices(form, { facts: this.facts, typed: () => this.typed() });
    this.outgoing = new Outgoing(this);
    this.#listenToFields();
    this.#listenToButtons();
    takeUp(form); // what was typed before
    this.#listenToDrafts();
    this.showKept();
    this.refresh();
  }

  get isClosed() { return this.replyMode.disabled; }

  get isNote() { return this.form.elements.mode.value === "note"; }

  get field() { return this.isNote ? this.note : this.reply; }

  get canSend() { return this.reply.value.trim() !== "" && !this.form.querySelector("[data-send]").disabled; }

  // --- Events --------------------------------------------------------------------------------------
  #listenToFields() {
    for (const field of [this.reply, this.note]) {
      field.addEventListener("input", () => this.typed());
      field.addEventListener("keydown", (event) => this.#pressed(event));
    }
    this.reply.addEventListener("blur", () => this.showKept(false));
    this.form.querySelector(".modes").addEventListener("change", () => {
      this.refresh();
      this.field.focus();
      this.thread.typed(false);
    });
    // A radio of the keyboard: the shortcut "r" or "n" clicks it, chosen already or not.
    for (const radio of this.form.elements.mode) radio.addEventListener("click", () => this.field.focus());
  }

  #listenToButtons() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.outgoing.submit(event.submitter?.name);
    });
    this.form.querySelector("[data-plain]").addEventListener("click", () => {
      const plain = counterOf(this.form).plainReplacement(this.reply.value);
      insert(this.reply, plain, { start: 0, end: this.reply.value.length });
      this.typed();
    });
    this.form.querySelector("[data-send-close]").addEventListener("click", (event) => event.currentTarget.closest("details")?.removeAttribute("open"));
  }

  #listenToDrafts() {
    this.form.addEventListener("draft:taken", ({ detail }) => this.#taken(detail));
    // Another tab or device of the same person wrote here too: both texts are here now.
    this.form.addEventListener("draft:merged", ({ detail }) => {
      for (const [name, { sent, text }] of Object.entries(detail)) putIn(this.form.elements[name], { sent, text });
      this.refresh();
      this.showKept();
    });
  }

  #pressed(event) {
    if (isOfInputMethod(event)) return;
    if (this.isClosed && event.target === this.reply && event.key !== "Escape") return; // what is kept there is not sent
    if (this.choices.key(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (this.later.isOpen()) this.later.close();
      else event.target.blur();
    } else if (isSendKey(event)) {
      event.preventDefault();
      if (!event.repeat) this.outgoing.submit(); // a key that is held down never sends
    }
  }

  typed() {
    this.refresh();
    this.#showCaret(this.field);
    if (this.outgoing.isBusy) keepHere(this.form); // the server is told when it has answered
    else keep(this.form);
    this.notice.clear("state");
    this.thread.typed(this.isNote ? false : this.reply.value.trim() !== "");
  }

  // The answer to "Send" was lost on its way, or the page left before it came: the text is sent, and must not stay here.
  #taken(texts) {
    if (this.outgoing.isBusy) return;
    const { elements } = this.form;
    for (const [name, text] of Object.entries(texts)) {
      if (elements[name].value === text) elements[name].value = "";
      elements[name === "note" ? "note_client_id" : "client_id"].value = newId();
    }
    this.notice.clear("state");
    this.refresh();
    this.showKept();
    this.thread.refresh({ toEnd: true });
  }

  // --- What is shown -------------------------------------------------------------------------------
  refresh() {
    const { form, facts, reply } = this;
    const measured = showMeasure(form, {
      text: reply.value,
      values: facts.values,
      signature: facts.signature,
      callingCode: facts.callingCode,
      costOf: ({ segments }) => costInWords(form, facts.price, segments),
    });
    form.querySelector(".note-side [data-echo]").textContent = `${this.note.value}\n`;
    const left = unfilled(reply.value, facts.values);
    const isOver = measured.characters > counterOf(form).most;
    for (const button of form.querySelectorAll("[data-send], [data-send-close]")) button.disabled = isOver || left.length > 0;
    if (left.length) this.notice.say(form.dataset.wordsUnfilled.replace("%s", left.map((name) => `{${name}}`).join(", ")), "unfilled");
    else this.notice.clear("unfilled");
  }

  // While nothing may be sent the text of the reply is there to be read and copied; an empty field only as long as the
  // focus is in it.
  showKept(hasFocus = document.activeElement === this.reply) {
    this.form.toggleAttribute("data-keeps", this.isClosed && (this.reply.value.trim() !== "" || hasFocus));
    this.form.querySelector(".kept [data-copy]").dataset.copy = this.reply.value;
  }

  // The field grows with its text, inside a part that scrolls: what was pasted or chosen ends in sight.
  #showCaret(area) {
    const part = area.closest(".writing");
    if (area.selectionEnd === area.value.length) part.scrollTop = part.scrollHeight;
  }

  // While a time is chosen, nothing sends at once.
  #showWhatSends(isLater) {
    const words = this.form.querySelector("[data-send-words]");
    words.textContent = isLater ? words.dataset.later : words.dataset.now;
    this.form.querySelector("[data-send-close]").hidden = isLater;
  }

  // --- For the thread ------------------------------------------------------------------------------
  get seenUpTo() { return this.form.elements.last_seen_id.value; }

  sawUpTo(id) {
    if (Number(id) > Number(this.seenUpTo)) this.form.elements.last_seen_id.value = String(id);
  }

  // The contact was named, or a number: what the variables mean is another text.
  setValues(values) {
    if (JSON.stringify(values) === JSON.stringify(this.facts.values)) return;
    this.facts.values = values;
    this.refresh();
  }

  // A text that was taken back returns to the field, in front of what was written since.
  restore(text) {
    this.reply.value = takenBack(text, this.reply.value);
    if (!this.isClosed) this.form.elements.mode.value = "reply";
    this.typed();
    this.showKept();
    this.reply.focus();
  }

  revertOf(id) { return revertOf(id); }

  flush() {
    if (isWaiting(this.form)) save(this.form, { keepalive: true });
  }

  // The line is back: what the server could not be told meanwhile, it is told now.
  catchUp() {
    if (isKeptHere(this.form) && !this.outgoing.isBusy) save(this.form);
  }

  // Opted out while somebody writes: the text stays before their eyes, notes still work. The focus stays where it is,
  // or what they go on typing would run shortcuts, or be a note.
  setClosed(reason) {
    if (this.isClosed === Boolean(reason)) return;
    const { form, reply } = this;
    const active = form.contains(document.activeElement) ? document.activeElement : null;
    const writesNote = this.isNote && active !== null && active !== reply;
    this.replyMode.disabled = Boolean(reason);
    reply.readOnly = Boolean(reason);
    if (!writesNote) form.elements.mode.value = reason ? "note" : "reply";
    this.choices.close();
    this.showKept(active === reply);
    if (active && !active.getClientRects().length) {
      this.showKept(true);
      reply.focus();
    }
    this.refresh();
  }
}
