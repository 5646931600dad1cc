// Selecting many rows and doing one thing to all of them, in portions, with progress, result and Undo.
import { open } from "../core/picker.js";
import { ask, post } from "../core/requests.js";
import { toast, wordsFor } from "../core/toasts.js";

const PORTION = 50;
const ALL_AT_MOST = 5000;

const bar = () => document.querySelector("[data-bulk]");
const boxes = () => [...document.querySelectorAll("[data-rows] input[name=conversation]")];
const beyond = new Map(); // selected by "select all", not on the page: each one's last inbound message
let anchor = null;

const fill = (text, ...values) => values.reduce((done, value, index) => done.replace(`%${index + 1}`, value), text).replace("%d", values[0]);

export function selected() {
  const here = boxes().filter((box) => box.checked).map((box) => Number(box.value));
  return [...new Set([...here, ...beyond.keys()])];
}

// "id:message": what the person sees of a conversation; where its contact wrote since, it is not put away.
function seenOf(id) {
  const inbound = document.querySelector(`#row-${id}`)?.dataset.seen ?? beyond.get(id);
  return inbound === undefined ? [] : [["seen", `${id}:${inbound}`]];
}

function show() {
  if (!bar()) return;
  const count = selected().length;
  if (count && bar().hidden) countAll();
  bar().hidden = !count;
  bar().querySelector("[data-bulk-count]").textContent = fill(bar().dataset.selected, count);
}

const matching = (more = {}) => {
  const { view, query } = document.querySelector("#list").dataset;
  const pairs = new URLSearchParams(query);
  for (const [name, value] of Object.entries({ view, ...more })) pairs.set(name, value);
  return `${bar().dataset.matching}?${pairs}`;
};

// The list's own count ends at "99+"; a person who selects wants to know how many there are.
async function countAll() {
  const { state, text } = await ask(matching({ count: 1 }), { headers: { Accept: "application/json" } });
  const button = bar()?.querySelector("[data-bulk-all]");
  if (state === "ok" && button) button.textContent = fill(button.dataset.words, JSON.parse(text).count);
}

export function clear() {
  beyond.clear();
  for (const box of boxes()) box.checked = false;
  anchor = null;
  show();
}

export function toggle(row) {
  const box = row?.querySelector("input[name=conversation]");
  if (!box) return;
  box.checked = !box.checked;
  if (!box.checked) beyond.delete(Number(box.value));
  anchor = box;
  show();
}

function selectRange(to) {
  const all = boxes();
  const [from, till] = [all.indexOf(anchor), all.indexOf(to)].toSorted((a, b) => a - b);
  if (from < 0) return;
  for (const box of all.slice(from, till + 1)) box.checked = true;
}

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-row]");
  const label = event.target.closest?.(".pick");
  if (row && event.shiftKey && !label) {
    // Shift+click on the row itself selects, from the last one that was selected.
    const box = row.querySelector("input[name=conversation]");
    event.preventDefault();
    event.stopPropagation();
    getSelection()?.removeAllRanges();
    if (anchor && anchor !== box) selectRange(box);
    box.checked = true;
    anchor = box;
    show();
  }
}, true);

document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".pick input");
  if (!box) return;
  if (event.shiftKey && anchor && anchor !== box && box.checked) selectRange(box);
  anchor = box;
  if (!box.checked) beyond.delete(Number(box.value));
  show();
});

document.addEventListener("click", async (event) => {
  if (event.target.closest?.("[data-bulk-clear]")) { clear(); return; }
  const all = event.target.closest?.("[data-bulk-all]");
  if (!all) return;
  const { state, text } = await ask(matching(), { headers: { Accept: "application/json" } });
  if (state !== "ok") { toast({ text: wordsFor(state), level: "error" }); return; }
  const found = JSON.parse(text);
  for (const box of boxes()) box.checked = true;
  for (const [id, inbound] of found.found) beyond.set(id, inbound);
  if (found.is_cut) toast({ text: fill(bar().dataset.cut, ALL_AT_MOST) });
  show();
});

// Posts items in portions; what was done before a failure stays done and is told. Returns how many that are, and the
// state in which it ended.
async function inPortions(items, { url, fieldsOf, take, words = bar().dataset.working }) {
  const progress = bar().querySelector("[data-bulk-progress]");
  const counter = bar().querySelector("[data-bulk-count]");
  bar().hidden = false; // an undo begins when nothing is selected any more
  bar().inert = true;
  progress.hidden = items.length <= PORTION;
  progress.max = items.length;
  let done = 0;
  let ended = { state: "ok" };
  try {
    while (done < items.length) {
      progress.value = done;
      if (items.length > PORTION) counter.textContent = fill(words, done, items.length);
      const portion = items.slice(done, done + PORTION);
      ended = await post(url, fieldsOf(portion));
      if (ended.state !== "ok") break;
      take(ended.answer);
      done += portion.length;
    }
  } finally {
    progress.hidden = true;
    bar().inert = false;
  }
  return { done, ...ended };
}

function complain({ state, answer, done }, undo = null) {
  const words = state === "session" ? wordsFor(state) : answer?.error ?? fill(bar().dataset.failed, done);
  toast({ text: words, level: "error", undo });
}

// `keeps`: the selection stays, and so does the focus. Returns whether all of it was done.
export async function run(action, more = [], { keeps = false } = {}) {
  const ids = selected();
  if (!ids.length) return false;
  const seen = new Map(ids.map((id) => [id, seenOf(id)])); // now: the list changes while portions are under way
  const total = { undo: [], unchanged: 0, refused: [] };
  const ended = await inPortions(ids, {
    url: bar().getAttribute("action"),
    fieldsOf: (portion) => [["action", action], ...more, ...portion.flatMap((id) => [["conversation", id], ...seen.get(id)])],
    take(answer) {
      total.undo.push(...answer.undo);
      total.unchanged += answer.unchanged;
      total.refused.push(...answer.refused);
    },
  });
  if (ended.state !== "ok") complain(ended);
  if (ended.done) tell(total);
  if (!keeps) letGo(ids.slice(0, ended.done));
  show();
  document.body.dispatchEvent(new CustomEvent("live:resync"));
  return ended.state === "ok" && !total.refused.length;
}

function letGo(ids) {
  const finished = new Set(ids);
  for (const box of boxes()) if (finished.has(Number(box.value))) box.checked = false;
  for (const id of finished) beyond.delete(id);
  document.querySelector("[data-list-scroll]")?.focus({ preventScroll: true }); // j goes on from where it was
}

function tell({ undo, unchanged, refused }) {
  const words = [];
  const { changed, unchanged: same, refused: no, reason, gap } = bar().dataset;
  if (undo.length || !refused.length) words.push(fill(changed, undo.length));
  if (unchanged) words.push(fill(same, unchanged));
  if (refused.length) words.push(fill(no, refused.length), ...refused.slice(0, 3).map(([name, why]) => fill(reason, name, why)));
  const back = undo.filter(([, token]) => token);
  toast({ text: words.join(gap), level: undo.length ? "success" : "error", undo: back.length ? { run: () => takeBack(back) } : null });
}

async function takeBack(changes) {
  let undone = 0;
  const ended = await inPortions(changes, {
    url: bar().dataset.undo,
    words: bar().dataset.undoing,
    fieldsOf: (portion) => portion.map(([id, token]) => ["undo", `${id}:${token}`]),
    take(answer) { undone += answer.undone; },
  });
  if (ended.state !== "ok") complain(ended, { run: () => takeBack(changes.slice(ended.done)) });
  if (ended.done) toast({ text: fill(bar().dataset.undone, undone) });
  show();
  document.body.dispatchEvent(new CustomEvent("live:resync"));
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("[data-bulk]")) return;
  event.preventDefault();
  if (event.submitter) run(event.submitter.value);
});

// What is chosen for the selection. A time in words was read already, so that all portions get the same instant.
document.addEventListener("pick", (event) => {
  const kind = event.target.dataset?.bulkPicker;
  if (kind !== "assign" && kind !== "snooze") return; // labels are bulk_labels.js's
  event.preventDefault();
  const { option } = event.detail;
  if (kind === "assign") run("assign", [["assignee", option.dataset.person ?? option.value]]);
  else run("snooze", [["when", option.value]]);
});

// The keys e, q, a, l, z act on the selection while there is one; shortcuts.js asks here first.
export function actByKey(key) {
  if (!selected().length) return false;
  const action = { e: "close", q: "settle" }[key];
  if (action) { run(action); return true; }
  const menu = { a: "assign", l: "label", z: "snooze" }[key];
  if (menu) { open(bar().querySelector(`[data-bulk-picker=${menu}]`)); return true; }
  return key === "i" ? (run("assign", [["assignee", "me"]]), true) : false;
}

for (const name of ["main-pane:shown", "htmx:afterSwap"]) document.body.addEventListener(name, show);
document.body.addEventListener("workspace:changed", clear);
