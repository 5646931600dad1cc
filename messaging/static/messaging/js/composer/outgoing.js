// What leaves the composer: a reply or a note, one at a time and each under its own id, so that no text is lost or sent
// twice. What is typed meanwhile stays.
import { before, forgetHere, keep, keepHere, settled } from "./drafts.js";
import { setUpNewerMessages } from "./newer_messages.js";
import { takeOut } from "./text_edits.js";
import { post } from "../core/requests.js";
import { toast } from "../core/toasts.js";

const reverts = new Map(); // message id → how to open again what "Send and close" closed

export const revertOf = (id) => reverts.get(String(id)) ?? "";

// randomUUID needs a secure context; plain http inside an office has none.
export const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// How a button sends, by its name; a key has none. While a time is chosen, nothing sends at once.
export function wayOf(buttonName, isLater) {
  if (buttonName === "then") return { closes: true };
  return buttonName === "schedule" || isLater ? { isScheduled: true } : {};
}

function fieldsFor(form, { closes = false, isScheduled = false }) {
  const fields = new FormData(form);
  for (const name of ["then", "schedule"]) fields.delete(name);
  if (closes) fields.set("then", "close");
  if (isScheduled) fields.set("schedule", "1");
  else for (const name of ["when", "cancel_if_they_write"]) fields.delete(name);
  return fields;
}

export class Outgoing {
  constructor(composer) {
    this.composer = composer;
    this.form = composer.form;
    this.isBusy = false;
    this.next = null; // "Send" was pressed while something else was under way
    this.way = {}; // how the last text was to be sent: also when the answer is "send anyway"
    this.newer = setUpNewerMessages(this.form, { decide: (decision) => this.decided(decision) });
  }

  submit(buttonName = "") {
    if (this.composer.isNote) { this.addNote(); return; }
    this.way = wayOf(buttonName, this.composer.later.isOpen());
    this.send(this.way);
  }

  decided({ sends, newest }) {
    this.composer.sawUpTo(newest);
    if (sends) this.send(this.way);
    else this.composer.reply.focus();
  }

  async send(way) {
    if (this.isBusy) { this.next = () => this.send(way); return; }
    if (!this.composer.canSend || (way.isScheduled && !this.composer.later.hasTime())) return;
    const { state, answer } = await this.#hand(this.composer.reply, this.form.dataset.replyUrl, fieldsFor(this.form, way));
    if (state === "ok") this.#sent(answer);
    else this.#refused(state, answer);
  }

  async addNote() {
    if (this.isBusy) { this.next = () => this.addNote(); return; }
    const { note } = this.composer;
    if (!note.value.trim()) return;
    const { state, answer } = await this.#hand(note, this.form.dataset.noteUrl, new FormData(this.form));
    if (state !== "ok") { this.#complain(state, answer); return; }
    this.form.elements.note_client_id.value = newId();
    this.#settle(note);
  }

  // Posts what a field holds, and takes it out when that was taken. Nothing else is sent until then.
  async #hand(area, url, fields) {
    this.isBusy = true;
    this.next = null;
    this.composer.choices.close();
    const text = area.value;
    keepHere(this.form);
    await settled(this.form);
    for (const [name, value] of Object.entries(before(this.form))) fields.set(name, value);
    const result = await post(url, fields);
    this.isBusy = false;
    this.composer.showKept();
    if (result.state === "ok") takeOut(area, text);
    else keep(this.form);
    return result;
  }

  #sent(answer) {
    const { composer } = this;
    this.form.elements.client_id.value = newId();
    composer.sawUpTo(answer.message);
    this.newer.hide();
    composer.later.close();
    composer.thread.typed(false);
    if (answer.revert) reverts.set(String(answer.message), answer.revert);
    if (answer.text) toast({ text: answer.text, undo: answer.undo });
    this.#settle(composer.reply);
  }

  #refused(state, answer) {
    const code = state === "refused" ? answer.code : "";
    if (code === "thread_moved_on") {
      this.newer.show(answer.newer);
      this.composer.thread.refresh();
      return;
    }
    if (code === "client_id_conflict") this.form.elements.client_id.value = newId();
    this.#complain(state, answer);
    if (answer?.code === "opted_out") this.composer.thread.refresh();
  }

  #complain(state, answer) {
    const { wordsSession, wordsOffline, wordsFailed } = this.form.dataset;
    const words = { session: wordsSession, offline: wordsOffline };
    this.composer.notice.say(answer?.text || words[state] || wordsFailed, "state");
  }

  // A text was taken: its draft goes, the thread shows it. What the other field holds stays kept.
  #settle(area) {
    const { composer, next } = this;
    composer.notice.clear();
    if (composer.reply.value || composer.note.value) keep(this.form);
    else forgetHere(this.form);
    composer.refresh();
    composer.thread.refresh({ toEnd: true });
    area.focus();
    this.next = null;
    if (next && area.value.trim()) next();
  }
}
