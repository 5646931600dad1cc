// Swipes of a finger on a row: to the left closes the conversation (or reopens it), to the right marks it unread or read.
// What a swipe does is in the thread's menu and the bulk bar too.
import { post } from "../core/requests.js";
import { toast, wordsFor } from "../core/toasts.js";

const BEGINS = 14; // pixels; less is a tap
const DONE = 0.3; // of the row's width
const FURTHEST = 0.5;

let swipe = null; // { item, row, pointer, x, y, width, by, action }

const list = () => document.querySelector("#list");
const actionFor = (item, by) => {
  const isUnread = item.querySelector(".row").classList.contains("unread");
  if (by < 0) return item.dataset.status === "closed" ? "reopen" : "close";
  return isUnread ? "read" : "unread";
};

function begin(event) {
  const item = event.target.closest?.("[data-rows] > [data-row]");
  if (!item || event.pointerType !== "touch" || !event.isPrimary || document.querySelector("[data-rows] :checked")) return;
  swipe = { item, row: item.querySelector(".row"), pointer: event.pointerId, x: event.clientX, y: event.clientY, width: item.clientWidth, by: 0, action: null };
}

function move(event) {
  if (!swipe || event.pointerId !== swipe.pointer) return;
  const { item, row, width } = swipe;
  const by = event.clientX - swipe.x;
  if (!swipe.action && (Math.abs(by) < BEGINS || Math.abs(by) < 2 * Math.abs(event.clientY - swipe.y))) return;
  const action = actionFor(item, by);
  const words = list().dataset[`words${action[0].toUpperCase()}${action.slice(1)}`];
  if (!words) return; // not theirs to do
  swipe.by = Math.max(-FURTHEST * width, Math.min(FURTHEST * width, by));
  swipe.action = action;
  item.dataset.swipe = action;
  item.dataset.swipeWords = words;
  item.classList.toggle("far", Math.abs(swipe.by) >= DONE * width);
  row.style.setProperty("translate", `${swipe.by}px`);
}

function settle() {
  const { item, row } = swipe;
  row.style.removeProperty("translate");
  item.classList.remove("far");
  delete item.dataset.swipe;
  swipe = null;
}

function end(event) {
  if (!swipe || event.pointerId !== swipe.pointer) return;
  const { item, action, by, width } = swipe;
  settle();
  if (!action) return;
  // The click that follows a swipe opens nothing.
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }), 0);
  if (event.type === "pointerup" && Math.abs(by) >= DONE * width) act(item, action);
}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}

async function act(item, action) {
  const { row: id, seen } = item.dataset;
  const { state, answer } = await post(`/conversations/${id}/${action}/`, { seen, up_to: action === "read" ? seen : "" });
  if (state !== "ok") {
    toast({ text: answer.text ?? wordsFor(state), level: "error" });
    return;
  }
  if (answer.text) toast({ text: answer.text, undo: answer.undo });
  document.body.dispatchEvent(new CustomEvent("live:list"));
}

document.addEventListener("pointerdown", begin);
document.addEventListener("pointermove", move);
document.addEventListener("pointerup", end);
document.addEventListener("pointercancel", end);
