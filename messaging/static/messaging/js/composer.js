// The composer: counts while you type, keeps drafts, sends by key, and never loses or doubles a text.
import { chooser } from "./choosing.js";
import { counterOf, showMeasure } from "./counting.js";
import { forgetHere, isWaiting, keep, save, stop, unsavedDraft } from "./drafts.js";
import { post } from "./requests.js";
import { toast } from "./toasts.js";

const VARIABLE = /\{([a-z][a-z0-9_]*)\}/g;
const reverts = new Map(); // message id → how to open again what "Send and close" closed

// randomUUID needs a secure context; plain http inside an office has none.
const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const fillVariables = (text, values) => text.replace(VARIABLE, (whole, name) => values[name] || whole);

export function setUpComposer(form, { thread }) {
  if (form.dataset.ready) return;
  form.dataset.ready = "";
  const facts = JSON.parse(form.dataset.facts);
  const { reply, note } = form.elements;
  const error = form.querySelector("[data-error]");
  const moved = form.querySelector("#moved");
  const later = form.querySelector("[data-later]");
  let isSending = false;

  const isNote = () => form.elements.mode.value === "note";
  const field = () => (isNote() ? note : reply);
  const filled = () => fillVariables(reply.value, facts.values);
  const unfilled = () => [...new Set([...filled().matchAll(VARIABLE)].map((match) => match[1]))].filter((name) => name in facts.variables);

  function costOf({ segments }) {
    if (facts.price === null || !segments) return "";
    const cost = (Number(facts.price) * segments).toFixed(4).replace(/0{1,2}$/, "");
    return form.dataset.wordsCost.replace("%s", cost);
  }

  function refresh() {
    const measured = showMeasure(form, { text: reply.value, sent: filled(), callingCode: facts.callingCode, costOf });
    form.querySelector(".note-side [data-echo]").textContent = `${note.value}\n`;
    const left = unfilled();
    const isOver = measured.characters > counterOf(form).most;
    for (const button of form.querySelectorAll("[data-send], [data-send-close], [data-schedule]")) button.disabled = isOver || left.length > 0;
    if (left.length) say(form.dataset.wordsUnfilled.replace("%s", left.map((name) => `{${name}}`).join(", ")), "unfilled");
    else if (error.dataset.about === "unfilled") say("");
  }

  function say(text, about = "") {
    error.textContent = text;
    error.hidden = !text;
    error.dataset.about = about;
  }

  function typed() {
    refresh();
    keep(form);
    if (error.dataset.about === "state") say("");
    thread.typed(isNote() ? false : reply.value.trim() !== "");
  }

  // --- Sending -----------------------------------------------------------------------------------
  async function send({ then = "", schedule = false } = {}) {
    if (isSending || !reply.value.trim() || form.querySelector("[data-send]").disabled) return;
    isSending = true;
    const text = reply.value;
    const fields = new FormData(form);
    fields.delete("then");
    fields.delete("schedule");
    fields.set("reply", text);
    if (then) fields.set("then", then);
    if (schedule) fields.set("schedule", "1");
    else { fields.delete("when"); fields.delete("cancel_if_they_write"); }
    stop(form);
    reply.readOnly = true;
    const { state, answer } = await post(form.dataset.replyUrl, fields);
    reply.readOnly = false;
    isSending = false;
    if (state === "ok") {
      reply.value = reply.value === text ? "" : reply.value;
      form.elements.client_id.value = newId();
      sawUpTo(answer.message);
      say("");
      moved.hidden = true;
      toggleLater(false);
      forgetHere(form);
      stop(form);
      refresh();
      thread.typed(false);
      if (answer.revert) reverts.set(String(answer.message), answer.revert);
      if (answer.text) toast({ text: answer.text, undo: answer.undo });
      thread.refresh({ toEnd: true });
      reply.focus();
      return;
    }
    keep(form);
    if (state === "refused" && answer.code === "thread_moved_on") { showMoved(answer.newer); thread.refresh(); return; }
    if (state === "refused" && answer.code === "client_id_conflict") form.elements.client_id.value = newId();
    say(answer?.text || { session: form.dataset.wordsSession, offline: form.dataset.wordsOffline }[state] || form.dataset.wordsFailed, "state");
    if (answer?.code === "opted_out") thread.refresh();
  }

  async function addNote() {
    if (isSending || !note.value.trim()) return;
    isSending = true;
    const text = note.value;
    stop(form);
    note.readOnly = true;
    const { state, answer } = await post(form.dataset.noteUrl, new FormData(form));
    note.readOnly = false;
    isSending = false;
    if (state === "ok") {
      if (note.value === text) note.value = "";
      form.elements.note_client_id.value = newId();
      say("");
      forgetHere(form);
      refresh();
      thread.refresh({ toEnd: true });
      note.focus();
      return;
    }
    keep(form);
    say(answer?.text || { session: form.dataset.wordsSession, offline: form.dataset.wordsOffline }[state] || form.dataset.wordsFailed, "state");
  }

  function sawUpTo(id) {
    const seen = form.elements.last_seen_id;
    if (Number(id) > Number(seen.value)) seen.value = String(id);
  }

  function showMoved(newer) {
    const list = moved.querySelector("[data-newer]");
    list.replaceChildren(
      ...newer.map((message) => {
        const item = document.createElement("li");
        const who = document.createElement("b");
        who.textContent = message.is_inbound ? form.dataset.wordsThey : form.dataset.wordsColleague.replace("%s", message.who);
        const text = document.createElement("span");
        text.dir = "auto";
        text.textContent = message.text;
        item.append(who, " ", text);
        return item;
      }),
    );
    moved.dataset.newest = Math.max(...newer.map((message) => message.id));
    moved.hidden = false;
    moved.querySelector("[data-send-anyway]").focus();
  }

  moved.querySelector("[data-send-anyway]").addEventListener("click", () => {
    sawUpTo(moved.dataset.newest);
    moved.hidden = true;
    send(moved.then ?? {});
  });
  moved.querySelector("[data-keep-editing]").addEventListener("click", () => {
    sawUpTo(moved.dataset.newest);
    moved.hidden = true;
    reply.focus();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isNote()) { addNote(); return; }
    const name = event.submitter?.name;
    const wanted = name === "then" ? { then: "close" } : name === "schedule" ? { schedule: true } : {};
    moved.then = wanted;
    send(wanted);
  });

  // --- Keys: what is held down or belongs to an input method never sends --------------------------
  function onKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (canned.key(event) || mentions.key(event)) { event.preventDefault(); event.stopPropagation(); return; }
    if (event.key === "Escape") {
      event.stopPropagation();
      if (!later.hasAttribute("data-open")) event.target.blur();
      else toggleLater(false);
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    const sendsAlone = document.body.dataset.sendKey === "enter";
    if (!(event.ctrlKey || event.metaKey) && !sendsAlone) return;
    event.preventDefault();
    if (event.repeat) return;
    if (isNote()) addNote();
    else send(moved.then = later.hasAttribute("data-open") && form.elements.when.value.trim() ? { schedule: true } : {});
  }
  for (const each of [reply, note]) {
    each.addEventListener("input", typed);
    each.addEventListener("keydown", onKey);
  }

  // --- Modes ---------------------------------------------------------------------------------------
  form.querySelector(".modes").addEventListener("change", () => {
    refresh();
    field().focus();
    thread.typed(false);
  });
  // A radio of the keyboard: the shortcut "r" or "n" clicks it, chosen already or not.
  for (const radio of form.elements.mode) radio.addEventListener("click", () => field().focus());

  // --- Later ---------------------------------------------------------------------------------------
  function toggleLater(on) {
    later.toggleAttribute("data-open", on);
    for (const button of form.querySelectorAll("[data-open-later]")) button.setAttribute("aria-expanded", String(on));
    if (on) form.elements.when.focus();
    else form.elements.when.value = "";
  }
  form.addEventListener("click", (event) => {
    const target = event.target.closest("button");
    if (!target) return;
    if (target.matches("[data-open-later]")) {
      target.closest("details")?.removeAttribute("open");
      toggleLater(!later.hasAttribute("data-open"));
    } else if (target.matches("[data-close-later]")) {
      toggleLater(false);
      reply.focus();
    } else if (target.matches("[data-preset]")) {
      form.elements.when.value = target.dataset.preset;
      form.elements.when.dispatchEvent(new Event("input", { bubbles: true }));
      form.querySelector("[data-schedule]").focus();
    } else if (target.matches("[data-plain]")) {
      reply.focus();
      replaceAll(counterOf(form).plainReplacement(reply.value));
    } else if (target.matches("[data-open-canned]")) canned.openWith("/");
    else if (target.matches("[data-open-mentions]")) mentions.openWith("@");
    else if (target.matches("[data-send-close]")) target.closest("details")?.removeAttribute("open");
  });

  // Replacing goes through the editing command where there is one, so that Ctrl+Z takes it back.
  function replaceAll(text) {
    reply.select();
    if (!document.execCommand?.("insertText", false, text)) reply.value = text;
    typed();
  }

  // --- Saved replies, mentions ---------------------------------------------------------------------
  const canned = chooser({
    box: form.querySelector("#canned"),
    field: reply,
    pattern: /(?:^|\s)\/([\p{L}\p{N}_-]{0,30})$/u,
    none: form.dataset.wordsNone,
    find: (query) =>
      facts.canned
        .filter(({ shortcut, content }) => shortcut.toLocaleLowerCase().includes(query) || content.toLocaleLowerCase().includes(query))
        .sort((a, b) => b.shortcut.toLocaleLowerCase().startsWith(query) - a.shortcut.toLocaleLowerCase().startsWith(query)),
    render(option, { shortcut, content }) {
      const name = document.createElement("b");
      name.textContent = `/${shortcut}`;
      const text = document.createElement("span");
      text.dir = "auto";
      text.textContent = content;
      option.append(name, text);
    },
    pick({ content }, { start, end }) {
      reply.setRangeText(fillVariables(content, facts.values), start, end, "end");
      typed();
    },
  });
  const mentions = chooser({
    box: form.querySelector("#mentions"),
    field: note,
    pattern: /(?:^|[\s(])@([\p{L}\p{N}_.+-]{0,40})$/u,
    none: "–",
    find: (query) => facts.colleagues.filter(({ username, name }) => username.toLocaleLowerCase().includes(query) || name.toLocaleLowerCase().includes(query)).slice(0, 8),
    render(option, { username, name }) {
      const who = document.createElement("b");
      who.textContent = name;
      const handle = document.createElement("span");
      handle.textContent = `@${username}`;
      option.append(who, handle);
    },
    pick({ username }, { start, end }) {
      note.setRangeText(`@${username} `, start, end, "end");
      typed();
    },
  });

  // --- What was typed before ------------------------------------------------------------------------
  const kept = unsavedDraft(form);
  if (kept) {
    if (kept.reply && !reply.value.includes(kept.reply)) reply.value = kept.reply;
    if (kept.note && !note.value.includes(kept.note)) note.value = kept.note;
    save(form);
  }
  refresh();
  return {
    form,
    sawUpTo,
    hasText: () => Boolean(reply.value.trim()),
    // A text that was taken back returns to the field, in front of what was written since.
    restore(text) {
      const rest = reply.value;
      reply.value = rest.trim() ? `${text}\n\n${rest}` : text;
      form.elements.mode.value = "reply";
      typed();
      reply.focus();
    },
    revertOf: (id) => reverts.get(String(id)) ?? "",
    flush: () => isWaiting(form) && save(form, { keepalive: true }),
    // Opted out while somebody writes: the text stays in its field, notes still work.
    setClosed(reason) {
      const radio = form.querySelector("[name=mode][value=reply]");
      if (radio.disabled === Boolean(reason)) return;
      radio.disabled = Boolean(reason);
      form.elements.mode.value = reason ? "note" : "reply";
      refresh();
    },
  };
}
