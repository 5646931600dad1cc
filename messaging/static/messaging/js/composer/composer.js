// The composer: counts while you type, keeps drafts, sends by key, and never loses or doubles a text.
import { insert, setUpChoices } from "./choices.js";
import { counterOf, showMeasure } from "./counter.js";
import { before, forgetHere, isKeptHere, isWaiting, keep, keepHere, save, settled, takeUp } from "./drafts.js";
import { setUpMovedOn } from "./newer_messages.js";
import { post } from "../core/requests.js";
import { setUpLater } from "./send_later.js";
import { toast } from "../core/toasts.js";
import { putIn, takeOut } from "./text_edits.js";
import { fillVariables, unfilled } from "./variables.js";

const reverts = new Map(); // message id → how to open again what "Send and close" closed

// randomUUID needs a secure context; plain http inside an office has none.
const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function setUpComposer(form, { thread }) {
  if ("ready" in form.dataset) return;
  form.dataset.ready = "";
  const facts = JSON.parse(form.dataset.facts);
  const { reply, note } = form.elements;
  const error = form.querySelector("[data-error]");
  let isSending = false;
  let sendsAgain = null; // "Send" was pressed while something else was under way
  let wanted = {}; // how the last text was to be sent: also when the answer is "send anyway"

  const replyMode = form.querySelector("[name=mode][value=reply]");
  const isClosed = () => replyMode.disabled;
  const isNote = () => form.elements.mode.value === "note";
  const field = () => (isNote() ? note : reply);
  const filled = () => fillVariables(reply.value, facts.values);

  function costOf({ segments }) {
    if (facts.price === null || !segments) return "";
    const cost = (Number(facts.price) * segments).toFixed(4).replace(/0{1,2}$/, "");
    return form.dataset.wordsCost.replace("%s", cost);
  }

  function refresh() {
    const measured = showMeasure(form, { text: reply.value, sent: filled(), callingCode: facts.callingCode, costOf });
    form.querySelector(".note-side [data-echo]").textContent = `${note.value}\n`;
    const left = unfilled(reply.value, facts.values);
    const isOver = measured.characters > counterOf(form).most;
    for (const button of form.querySelectorAll("[data-send], [data-send-close]")) button.disabled = isOver || left.length > 0;
    if (left.length) say(form.dataset.wordsUnfilled.replace("%s", left.map((name) => `{${name}}`).join(", ")), "unfilled");
    else if (error.dataset.about === "unfilled") say("");
  }

  // While nothing may be sent the text of the reply is there to be read and copied; an empty field only as long as the
  // focus is in it.
  function showKept(hasFocus = document.activeElement === reply) {
    form.toggleAttribute("data-keeps", isClosed() && (reply.value.trim() !== "" || hasFocus));
    form.querySelector(".kept [data-copy]").dataset.copy = reply.value;
  }

  function say(text, about = "") {
    error.textContent = text;
    error.hidden = !text;
    error.dataset.about = about;
  }

  function typed() {
    refresh();
    showCaret(field());
    if (isSending) keepHere(form); // the server is told when it has answered
    else keep(form);
    if (error.dataset.about === "state") say("");
    thread.typed(isNote() ? false : reply.value.trim() !== "");
  }

  // The field grows with its text, inside a part that scrolls: what was pasted or chosen ends in sight.
  function showCaret(area) {
    const part = area.closest(".writing");
    if (area.selectionEnd === area.value.length) part.scrollTop = part.scrollHeight;
  }

  function sawUpTo(id) {
    const seen = form.elements.last_seen_id;
    if (Number(id) > Number(seen.value)) seen.value = String(id);
  }

  const later = setUpLater(form, { toggled: (isOpen) => showWhatSends(isOpen) });
  const choices = setUpChoices(form, { facts, typed });
  const moved = setUpMovedOn(form, {
    decide({ sends, newest }) {
      sawUpTo(newest);
      if (sends) send(wanted);
      else reply.focus();
    },
  });

  // --- Sending -----------------------------------------------------------------------------------
  // Posts what a field holds, and takes it out when that was taken; what is typed meanwhile stays. Nothing else is sent
  // until then: a second "Send" comes after it.
  async function hand(area, url, fields) {
    isSending = true;
    sendsAgain = null;
    choices.close();
    const text = area.value;
    keepHere(form);
    await settled(form);
    for (const [name, value] of Object.entries(before(form))) fields.set(name, value);
    const { state, answer } = await post(url, fields);
    isSending = false;
    showKept();
    if (state === "ok") takeOut(area, text);
    else keep(form);
    return { state, answer };
  }

  function complain({ state, answer }) {
    say(answer?.text || { session: form.dataset.wordsSession, offline: form.dataset.wordsOffline }[state] || form.dataset.wordsFailed, "state");
  }

  // A text was taken: its draft goes, the thread shows it. What the other field holds stays kept.
  function settle(area) {
    say("");
    if (reply.value || note.value) keep(form);
    else forgetHere(form);
    refresh();
    thread.refresh({ toEnd: true });
    area.focus();
    const next = sendsAgain;
    sendsAgain = null;
    if (next && area.value.trim()) next();
  }

  async function send({ then = "", schedule = false } = {}) {
    if (isSending) { sendsAgain = () => send({ then, schedule }); return; }
    if (!reply.value.trim() || form.querySelector("[data-send]").disabled) return;
    if (schedule && !later.hasTime()) return;
    const fields = new FormData(form);
    fields.delete("then");
    fields.delete("schedule");
    if (then) fields.set("then", then);
    if (schedule) fields.set("schedule", "1");
    else { fields.delete("when"); fields.delete("cancel_if_they_write"); }
    const { state, answer } = await hand(reply, form.dataset.replyUrl, fields);
    if (state === "ok") {
      form.elements.client_id.value = newId();
      sawUpTo(answer.message);
      moved.hide();
      later.close();
      thread.typed(false);
      if (answer.revert) reverts.set(String(answer.message), answer.revert);
      if (answer.text) toast({ text: answer.text, undo: answer.undo });
      settle(reply);
      return;
    }
    if (state === "refused" && answer.code === "thread_moved_on") { moved.show(answer.newer); thread.refresh(); return; }
    if (state === "refused" && answer.code === "client_id_conflict") form.elements.client_id.value = newId();
    complain({ state, answer });
    if (answer?.code === "opted_out") thread.refresh();
  }

  async function addNote() {
    if (isSending) { sendsAgain = addNote; return; }
    if (!note.value.trim()) return;
    const { state, answer } = await hand(note, form.dataset.noteUrl, new FormData(form));
    if (state !== "ok") { complain({ state, answer }); return; }
    form.elements.note_client_id.value = newId();
    settle(note);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isNote()) { addNote(); return; }
    const name = event.submitter?.name;
    wanted = name === "then" ? { then: "close" } : name === "schedule" || later.isOpen() ? { schedule: true } : {};
    send(wanted);
  });

  // While a time is chosen, nothing sends at once.
  function showWhatSends(isLater) {
    const words = form.querySelector("[data-send-words]");
    words.textContent = isLater ? words.dataset.later : words.dataset.now;
    form.querySelector("[data-send-close]").hidden = isLater;
  }

  // --- Keys: what is held down or belongs to an input method never sends --------------------------
  function onKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (isClosed() && event.target === reply && event.key !== "Escape") return; // what is kept there is not sent
    if (choices.key(event)) { event.preventDefault(); event.stopPropagation(); return; }
    if (event.key === "Escape") {
      event.stopPropagation();
      if (later.isOpen()) later.close();
      else event.target.blur();
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    const sendsAlone = document.body.dataset.sendKey === "enter";
    if (!(event.ctrlKey || event.metaKey) && !sendsAlone) return;
    event.preventDefault();
    if (event.repeat) return;
    if (isNote()) { addNote(); return; }
    wanted = later.isOpen() ? { schedule: true } : {};
    send(wanted);
  }
  for (const each of [reply, note]) {
    each.addEventListener("input", typed);
    each.addEventListener("keydown", onKey);
  }

  reply.addEventListener("blur", () => showKept(false));

  // --- Modes and buttons ---------------------------------------------------------------------------
  form.querySelector(".modes").addEventListener("change", () => {
    refresh();
    field().focus();
    thread.typed(false);
  });
  // A radio of the keyboard: the shortcut "r" or "n" clicks it, chosen already or not.
  for (const radio of form.elements.mode) radio.addEventListener("click", () => field().focus());

  form.querySelector("[data-plain]").addEventListener("click", () => {
    replaceAll(counterOf(form).plainReplacement(reply.value));
  });
  form.querySelector("[data-send-close]").addEventListener("click", (event) => event.currentTarget.closest("details")?.removeAttribute("open"));

  function replaceAll(text) {
    insert(reply, text, { start: 0, end: reply.value.length });
    typed();
  }

  // --- What was typed before ------------------------------------------------------------------------
  takeUp(form);
  // The answer to "Send" was lost on its way, or the page left before it came: the text is sent, and must not stand here.
  form.addEventListener("draft:taken", ({ detail }) => {
    if (isSending) return;
    for (const [name, text] of Object.entries(detail)) {
      if (form.elements[name].value === text) form.elements[name].value = "";
      form.elements[name === "note" ? "note_client_id" : "client_id"].value = newId();
    }
    if (error.dataset.about === "state") say("");
    refresh();
    showKept();
    thread.refresh({ toEnd: true });
  });
  // Another tab or device of the same person wrote here too: both texts stand here now.
  form.addEventListener("draft:merged", ({ detail }) => {
    for (const [name, { sent, text }] of Object.entries(detail)) putIn(form.elements[name], { sent, text });
    refresh();
    showKept();
  });

  showKept();
  refresh();
  return {
    form,
    sawUpTo,
    seenUpTo: () => form.elements.last_seen_id.value,
    // The contact was named, or a number: what the variables stand for is another text.
    setValues(values) {
      if (JSON.stringify(values) === JSON.stringify(facts.values)) return;
      facts.values = values;
      refresh();
    },
    // A text that was taken back returns to the field, in front of what was written since.
    restore(text) {
      const rest = reply.value;
      reply.value = rest.trim() ? `${text}\n\n${rest}` : text;
      if (!isClosed()) form.elements.mode.value = "reply";
      typed();
      showKept();
      reply.focus();
    },
    revertOf: (id) => reverts.get(String(id)) ?? "",
    flush: () => isWaiting(form) && save(form, { keepalive: true }),
    // The line is back: what the server could not be told meanwhile, it is told now.
    catchUp: () => isKeptHere(form) && !isSending && save(form),
    // Opted out while somebody writes: the text stays before their eyes, notes still work. The focus stays where it is,
    // or what they go on typing would run shortcuts, or be a note.
    setClosed(reason) {
      if (isClosed() === Boolean(reason)) return;
      const active = form.contains(document.activeElement) ? document.activeElement : null;
      const writesNote = isNote() && active !== null && active !== reply;
      replyMode.disabled = Boolean(reason);
      reply.readOnly = Boolean(reason);
      if (!writesNote) form.elements.mode.value = reason ? "note" : "reply";
      choices.close();
      showKept(active === reply);
      if (active && !active.getClientRects().length) {
        showKept(true);
        reply.focus();
      }
      refresh();
    },
  };
}
