// What is typed is kept twice: on the server, and in this browser until the server has it.
import { takenUp } from "./draft_merge.js";
import { post } from "../core/requests.js";

const WAIT = 700;
const LONGEST_WAIT = 3000;
const IDS = { reply: "client_id", note: "note_client_id" };
const key = (form) => `didsms-draft-${form.dataset.user}-${form.dataset.conversation}`;
const timers = new WeakMap();
const underway = new WeakMap(); // the last request of each form
const onServer = new WeakMap(); // what the server is known to hold
const onItsWay = new WeakMap(); // what it will hold when the request under way arrives
// The next page may have been made before the server has what is saved now: it needs this browser's copy.
let isLeaving = false;
addEventListener("beforeunload", () => {
  isLeaving = true;
});

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
// message. Where the server has another text since, from another device, both are there.
export function takeUp(form) {
  onServer.set(form, texts(form));
  const kept = keptHere(form);
  if (!kept) return;
  for (const [name, id] of Object.entries(IDS)) {
    const field = form.elements[name];
    const text = takenUp(field.value, kept[name], kept.before?.[name]);
    if (text === field.value) continue;
    field.value = text;
    if (kept[id]) form.elements[id].value = kept[id];
  }
  save(form);
}

export function keep(form) {
  isLeaving = false;
  keepHere(form);
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => save(form), WAIT));
}

function stop(form) {
  clearTimeout(timers.get(form));
  timers.delete(form);
}

// What the server is believed to hold, for it to tell what another tab or device has written there.
export const before = (form) => {
  const { reply, note } = onItsWay.get(form) ?? onServer.get(form);
  return { reply_before: reply, note_before: note };
};

// A draft that is on its way must not arrive after what is sent now.
export async function settled(form) {
  stop(form);
  await Promise.race([underway.get(form), new Promise((done) => setTimeout(done, LONGEST_WAIT))]);
}

// "draft:taken" {reply, note: text} on the form: the server has these already, as a message or a note.
// "draft:merged" {reply, note: {sent, text}}: another tab or device had kept something too; the server keeps both.
export function save(form, { keepalive = false } = {}) {
  stop(form);
  const request = saveNow(form, texts(form), { keepalive });
  underway.set(form, request);
  return request;
}

async function saveNow(form, kept, { keepalive }) {
  const fields = { ...kept, ...ids(form), ...before(form) };
  onItsWay.set(form, kept);
  const { state, answer } = await post(form.dataset.draftUrl, fields, { keepalive });
  if (onItsWay.get(form) === kept) onItsWay.delete(form);
  if (state !== "ok") return;
  const { taken = [], merged = {} } = answer;
  const forgotten = Object.fromEntries(taken.map((name) => [name, ""]));
  onServer.set(form, { ...kept, ...forgotten, ...merged });
  tell(form, "draft:taken", Object.fromEntries(taken.map((name) => [name, kept[name]])));
  tell(form, "draft:merged", Object.fromEntries(Object.entries(merged).map(([name, text]) => [name, { sent: taken.includes(name) ? "" : kept[name], text }])));
  const present = texts(form);
  if (isLeaving) return;
  if (Object.keys(IDS).every((name) => present[name] === (merged[name] ?? kept[name]) || taken.includes(name))) forgetHere(form);
}

function tell(form, name, detail) {
  if (Object.keys(detail).length) form.dispatchEvent(new CustomEvent(name, { detail }));
}

export const isWaiting = (form) => timers.has(form);
export const isKeptHere = (form) => keptHere(form) !== null;
