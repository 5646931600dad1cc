// Single keys, outside inputs, for a person who has not switched them off. Elements name their key: data-key="r".
import { actByKey, clear, selected, toggle } from "../list/bulk.js";
import { visit } from "../core/navigate.js";
import { neighbor, remember } from "../core/list_position.js";
import { toast, undoLast } from "../core/toasts.js";

const VIEWS = { n: "needs-reply", m: "mine", u: "unassigned", a: "open", r: "unread", t: "mentions", s: "snoozed", d: "scheduled", f: "failed", c: "closed" };
const FOR_A_CONVERSATION = "rneEzailuq";
const SECOND_KEY_WITHIN = 1200;

let goesSince = 0;
let isOpening = false;
let isReady = false; // before, htmx has not taken up the forms: a click would send them off and leave the page
document.addEventListener("DOMContentLoaded", () => { isReady = true; });

const isTyping = (node) => node.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]");
// While a menu or a dialog is open, what is typed is for it.
const isAsleep = () => document.querySelector("details.drop[open], dialog[open], :popover-open") !== null;
const isOn = () => document.body.hasAttribute("data-shortcuts");
const links = () => [...document.querySelectorAll("[data-rows] a.row")];
const focusedRow = () => document.activeElement?.closest?.("[data-row]");
const currentRow = () => focusedRow() ?? document.querySelector("[data-rows] a.row[aria-current]")?.closest("[data-row]");

function visible(node) {
  return node.offsetParent !== null || node.getClientRects().length > 0;
}

// Opens a menu with the focus in it.
function enter(summary) {
  const menu = summary.parentElement;
  menu.open = true;
  const controls = [...menu.querySelectorAll(".menu :is(input, select, textarea, button, a)")];
  (controls.find((control) => !control.disabled && visible(control)) ?? summary).focus();
}

// Does what a key means on this page; returns the element that did it. Where there is nothing to do any
// more, an element says so: data-already="Already closed."
export function press(key) {
  for (const node of document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) {
    if (node.disabled) continue;
    const isElsewhere = node.closest("details.drop") || "picker" in node.dataset || node.dataset.already;
    if (!visible(node) && !isElsewhere) continue;
    if (node.dataset.already) toast({ text: node.dataset.already });
    else if (node.matches("summary")) enter(node);
    else if (node.matches("textarea, input:not([type=radio], [type=checkbox])")) {
      node.focus();
      node.select?.();
    } else node.click();
    return node;
  }
  return null;
}

function move(step) {
  const all = links();
  if (!all.length) return;
  const row = currentRow()?.querySelector("a.row");
  const at = all.indexOf(row);
  if (step > 0 && at === all.length - 1 && loadMore(() => move(step))) return;
  const next = at < 0 ? neighbor(step) ?? all[0] : all[Math.min(Math.max(at + step, 0), all.length - 1)];
  remember(next);
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (document.querySelector(".main-pane[data-open]") && next !== row) next.click();
}

// Returns whether there is a next page; then does something once it is there.
function loadMore(then) {
  const more = document.querySelector("#more a");
  if (!more) return false;
  document.body.addEventListener("htmx:afterSettle", then, { once: true });
  more.click();
  return true;
}

export const selectCurrent = () => toggle(currentRow());

// "Close and next": the next row opens once the answer says that this one is closed; where it was refused, nothing moves.
function closeAndNext() {
  const next = currentRow()?.nextElementSibling?.querySelector("a.row");
  const pressed = press("e");
  if (!pressed || pressed.dataset.already) return Boolean(pressed);
  isOpening = true;
  pressed.form.addEventListener("htmx:afterRequest", ({ detail }) => {
    isOpening = false;
    if (next && detail.successful && detail.xhr.status < 400) open(next);
  }, { once: true });
  return true;
}

const act = (key) => (key === "E" ? closeAndNext() : Boolean(press(key)));

async function open(link, key = "") {
  let isShown = false;
  isOpening = true;
  try {
    isShown = await visit(link.href, { part: "main-pane" });
  } finally {
    isOpening = false;
  }
  if (isShown && key) act(key);
}

const isOpen = (row) => document.querySelector(".main-pane[data-open]") !== null && row.querySelector("a.row[aria-current]") !== null;

function run(key) {
  if (Date.now() - goesSince < SECOND_KEY_WITHIN) {
    goesSince = 0;
    if (VIEWS[key]) visit(`/inbox/${VIEWS[key]}/`, { part: "workspace" });
    return Boolean(VIEWS[key]);
  }
  if (actByKey(key)) return true;
  const row = focusedRow();
  if (row && FOR_A_CONVERSATION.includes(key) && !isOpen(row)) {
    // A key never acts on another conversation than the one that is marked.
    open(row.querySelector("a.row"), key);
    return true;
  }
  switch (key) {
    case "g": goesSince = Date.now(); return true;
    case "j": move(1); return true;
    case "k": move(-1); return true;
    case "o": currentRow()?.querySelector("a.row").click(); return Boolean(currentRow());
    case "x": toggle(currentRow()); return true;
    case "?": document.querySelector("[data-help]")?.showModal(); return true;
    default: return act(key);
  }
}

function escape(event) {
  if (isTyping(event.target)) event.target.blur();
  else if (selected().length) clear();
}

const isUndo = (event) => (event.ctrlKey || event.metaKey) && event.key === "z" && !event.shiftKey && !isTyping(event.target);

function isShortcut(event) {
  if (!isOn() || isAsleep() || isTyping(event.target)) return false;
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return false;
  return !event.repeat || "jk".includes(event.key);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && !event.target.closest?.("dialog")) {
    escape(event);
    return;
  }
  if (isUndo(event)) {
    if (undoLast()) event.preventDefault();
    return;
  }
  if (!isShortcut(event)) return;
  // What is typed while a conversation opens is for its fields, which are not there yet; it runs nothing.
  if (!isReady || isOpening || run(event.key)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-command=help]")) document.querySelector("[data-help]")?.showModal();
});
// A click on the backdrop closes a dialog.
document.addEventListener("click", (event) => {
  if (event.target.matches?.("dialog[open]")) event.target.close();
});
