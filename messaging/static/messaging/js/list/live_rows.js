// Keeps the list fresh. What a person points at, has the focus in, or has selected never moves: rows are
// then brought up to date in place, and what would move is offered as "3 new".
import { released } from "../core/clicks.js";
import { shown } from "../core/navigate.js";
import { ask } from "../core/requests.js";

const GAP = 700; // at most one fetch in this time, however much happens
const AGES_EVERY = 60000; // "5m" grows older without any event

const list = () => document.querySelector("#list");
const rows = () => document.querySelector("[data-rows]");
const news = () => document.querySelector("[data-news]");

let pending = null; // the newest rows that the person has not asked for yet
let last = 0;
let timer = 0;
let isFetching = false;
let again = false;

const isPointedAt = () => matchMedia("(hover: hover)").matches && list()?.matches(":hover");

function isAtWork() {
  const scroll = rows()?.parentElement;
  if (!scroll) return false;
  const hasFocus = scroll.contains(document.activeElement) && document.activeElement !== scroll;
  return isPointedAt() || hasFocus || scroll.scrollTop > 8 || Boolean(rows().querySelector("input:checked"));
}

function key(row) {
  return row.dataset.row;
}

// Bring rows up to date where they are; a row under the pointer keeps its place and its checkbox.
function refreshInPlace(next) {
  const isWhole = !next.querySelector("#more");
  const fresh = new Map([...next.children].filter(key).map((row) => [key(row), row]));
  for (const row of [...rows().children]) {
    const now = key(row) && fresh.get(key(row));
    if (now) replaceContent(row, now);
    // It is not of this list any more, and stays until the list moves.
    row.classList.toggle("gone", Boolean(key(row)) && !now && (isWhole || !isFurther(row, [...fresh.values()])));
  }
}

// How many there are: all of them are here, or the sidebar knows it of the plain view. Of a search more may fit than is shown.
function showCount() {
  const output = document.querySelector("[data-list-count]");
  const { view, query } = list().dataset;
  const isWhole = !rows().querySelector("#more");
  const known = /^(number|label|unread|closed|all)/.test(view) || query ? null : document.querySelector(`#sidebar [data-count="${CSS.escape(view)}"]`);
  const count = isWhole ? rows().querySelectorAll("[data-row]").length : known?.textContent;
  if (count === undefined) return;
  output.textContent = count ? `${count}${"cut" in list().dataset ? "+" : ""}` : "";
  output.hidden = !count;
}

function replaceContent(row, next) {
  const link = row.querySelector("a.row");
  const nextLink = next.querySelector("a.row");
  if (!link || !nextLink) return;
  if (link.innerHTML !== nextLink.innerHTML) link.innerHTML = nextLink.innerHTML;
  const isCurrent = link.hasAttribute("aria-current");
  link.className = nextLink.className;
  link.href = nextLink.href;
  if (isCurrent) link.setAttribute("aria-current", "true");
  row.dataset.at = next.dataset.at;
  row.dataset.seen = next.dataset.seen;
  row.dataset.status = next.dataset.status;
}

// Put the rows in their new order; rows of further pages stay behind.
function reorder(next) {
  const box = rows();
  const fresh = [...next.children];
  const keys = new Set(fresh.map(key));
  const kept = new Map([...box.children].filter(key).map((row) => [key(row), row]));
  const isLonger = fresh.at(-1)?.id === "more" && box.querySelectorAll("[data-row]").length > fresh.length;
  const rest = isLonger ? [...box.children].filter((row) => !keys.has(key(row)) && isFurther(row, fresh)) : [];
  const ordered = fresh.filter((row) => !isLonger || row.id !== "more").map((row) => {
    const old = kept.get(key(row));
    if (!old) return row;
    replaceContent(old, row);
    return old;
  });
  const wanted = [...ordered, ...rest];
  for (const row of wanted) row.classList.remove("gone"); // one that was taken out may have come back
  for (const row of [...box.children]) if (!wanted.includes(row)) row.remove();
  wanted.forEach((row, index) => { if (box.children[index] !== row) box.insertBefore(row, box.children[index] ?? null); });
  htmx.process(box);
  pending = null;
  news().hidden = true;
  showCount();
  shown();
}

// Whether a row is of a further page, in whatever order the list is.
function isFurther(row, fresh) {
  if (row.id === "more") return true;
  const end = fresh.findLast(key);
  const here = end && rows().querySelector(`[data-row="${CSS.escape(key(end))}"]`);
  if (here) return Boolean(here.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING);
  return Number(row.dataset.at) < Number(end?.dataset.at ?? 0);
}

// How many rows are new or would move up.
function movers(next) {
  const present = [...rows().children].filter(key).map(key);
  const coming = [...next.children].filter(key).map(key);
  const rank = new Map(present.map((id, index) => [id, index]));
  let count = 0;
  let seen = -1;
  for (const id of coming.toReversed()) {
    const at = rank.get(id);
    if (at === undefined) { if (count || coming.indexOf(id) < present.length) count += 1; continue; }
    if (seen !== -1 && at > seen) count += 1;
    else seen = at;
  }
  return count;
}

const sameOrder = (next) => {
  const coming = [...next.children].filter(key).map(key).join();
  const present = [...rows().children].filter(key).map(key).join();
  return present === coming || (present.startsWith(`${coming},`) && rows().querySelector("#more") !== null);
};

async function fetchRows() {
  if (!list() || !rows()) return;
  if (isFetching) { again = true; return; }
  isFetching = true;
  last = Date.now();
  const { view, query } = list().dataset;
  const pairs = new URLSearchParams(query);
  pairs.set("view", view);
  try {
    const { state, text: html } = await ask(`/inbox/parts/list/?${pairs}`, { headers: { "HX-Request": "true", "HX-Target": "rows" } });
    await released();
    // Asked last of all: the person may go to another list while the answer is still coming in. Where none came,
    // live.js says so and asks again when the line is back.
    if (state === "ok" && list()?.dataset.view === view && list().dataset.query === query) take(html);
  } finally {
    isFetching = false;
    if (again) { again = false; schedule(); }
  }
}

function take(html) {
  const next = document.createElement("ol");
  next.innerHTML = html; // escaped by the server's templates
  if (sameOrder(next) || !isAtWork()) { reorder(next); return; }
  refreshInPlace(next);
  pending = next;
  const count = movers(next);
  const words = news().dataset;
  news().textContent = count ? words.many.replace("%d", count) : words.changed;
  news().hidden = false;
}

function schedule() {
  if (document.hidden) { again = true; return; }
  clearTimeout(timer);
  timer = setTimeout(fetchRows, Math.max(60, last + GAP - Date.now()));
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-news]") || !pending) return;
  rows().parentElement.scrollTop = 0;
  reorder(pending);
  rows().parentElement.focus({ preventScroll: true }); // the button is gone; j goes on from here
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && again) { again = false; schedule(); }
});
for (const name of ["live:list", "live:resync", "live:queue"]) document.body.addEventListener(name, schedule);
document.body.addEventListener("live:change", (event) => event.detail.kind === "presence" && schedule());
// When the person leaves the list, what waited moves in by itself.
document.addEventListener("pointerout", (event) => {
  if (pending && event.target.closest?.("#list") && !list().contains(event.relatedTarget) && !isAtWork()) reorder(pending);
});
document.body.addEventListener("workspace:changed", () => { pending = null; }); // it was of another list
document.body.addEventListener("sidebar:counted", () => list() && showCount());
setInterval(() => document.hidden || schedule(), AGES_EVERY);
