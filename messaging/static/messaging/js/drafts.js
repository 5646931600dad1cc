// What is typed is kept twice: on the server, and in this browser until the server has it.
import { post } from "./requests.js";

const WAIT = 700;
const LONGEST_WAIT = 3000;
const IDS = { reply: "client_id", note: "note_client_id" };
const key = (form) => `didsms-draft-${form.dataset.user}-${form.dataset.conversation}`;
const timers = new WeakMap();
const underway = new WeakMap(); // the last request of each form
const onServer = new WeakMap(); // what the server is known to hold

const texts = (form) => ({ reply: form.elements.reply.value, note: form.elements.note.value });
const ids = (form) => Object.fromEntries(Object.values(IDS).map((name) => [name, form.elements[name].value]));

function keptHere(form) {
  try {
    return JSON.parse(localStorage.getItem(key(form)) ?? "null");
  } catch {
    return null;
  }
}

export function keepHere(form) {
  try {
    localStorage.setItem(key(form), JSON.stringify({ ...texts(form), ...ids(form), before: onServer.get(form) }));
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

// Puts back what this browser kept and the server never had, under the names that it had: sent already, it is the same
// message. Where the server has another text since, from another device, both stand there.
export function takeUp(form) {
  onServer.set(form, texts(form));
  const kept = keptHere(form);
  if (!kept) return;
  for (const [name, id] of Object.entries(IDS)) {
    const field = form.elements[name];
    const text = kept[name];
    if (!text || field.value.includes(text)) continue;
    const isOlder = !field.value.trim() || field.value === kept.before?.[name] || text.includes(field.value);
    field.value = isOlder ? text : `${field.value}\n\n${text}`;
    if (kept[id]) form.elements[id].value = kept[id];
  }
  save(form);
}

export function keep(form) {
  keepHere(form);
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => save(form), WAIT));
}

function stop(form) {
  clearTimeout(timers.get(form));
  timers.delete(form);
}

// A draft that is on its way must not arrive after what is sent now.
export async function settled(form) {
  stop(form);
  await Promise.race([underway.get(form), new Promise((done) => setTimeout(done, LONGEST_WAIT))]);
}

// "draft:taken" {reply, note: text} on the form: the server has these already, as a message or a note.
export function save(form, { keepalive = false } = {}) {
  stop(form);
  const request = saveNow(form, texts(form), { keepalive });
  underway.set(form, request);
  return request;
}

async function saveNow(form, kept, { keepalive }) {
  const { state, answer } = await post(form.dataset.draftUrl, { ...kept, ...ids(form) }, { keepalive });
  if (state !== "ok") return;
  onServer.set(form, kept);
  const taken = answer.taken ?? [];
  if (taken.length) {
    const detail = Object.fromEntries(taken.map((name) => [name, kept[name]]));
    form.dispatchEvent(new CustomEvent("draft:taken", { detail }));
  }
  const present = texts(form);
  if (Object.keys(IDS).every((name) => present[name] === kept[name] || taken.includes(name))) forgetHere(form);
}

export const isWaiting = (form) => timers.has(form);
export const isKeptHere = (form) => keptHere(form) !== null;
