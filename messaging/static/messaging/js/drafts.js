// What is typed is kept twice: on the server, and in this browser until the server has it.
import { post } from "./requests.js";

const WAIT = 700;
const key = (form) => `didsms-draft-${form.dataset.user}-${form.dataset.conversation}`;
const timers = new WeakMap();

function texts(form) {
  return { reply: form.elements.reply.value, note: form.elements.note.value };
}

export function unsavedDraft(form) {
  try {
    return JSON.parse(localStorage.getItem(key(form)) ?? "null");
  } catch {
    return null;
  }
}

function keepHere(form) {
  try {
    localStorage.setItem(key(form), JSON.stringify(texts(form)));
  } catch {
    // A full or forbidden storage: the server's copy has to do.
  }
}

export function forgetHere(form) {
  try {
    localStorage.removeItem(key(form));
  } catch {
    // Nothing was kept.
  }
}

export function keep(form) {
  keepHere(form);
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => save(form), WAIT));
}

export function stop(form) {
  clearTimeout(timers.get(form));
  timers.delete(form);
}

export async function save(form, { keepalive = false } = {}) {
  stop(form);
  const kept = texts(form);
  const { state } = await post(form.dataset.draftUrl, kept, { keepalive });
  const present = texts(form);
  if (state === "ok" && present.reply === kept.reply && present.note === kept.note) forgetHere(form);
  return state;
}

export const isWaiting = (form) => timers.has(form);
