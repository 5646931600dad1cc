// The messages: where to scroll when a thread opens, what was seen, older pages, and new ones without moving the reader.
import { morph } from "../core/morph.js";
import { ask } from "../core/requests.js";

const AT_END = 80; // pixels
const SEEN_AFTER = 600;
const REFRESHED = 100; // so many of the newest items are looked at again

const at = (node) => Number(node.dataset.at ?? 0);
const isAtEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < AT_END;
// What the list is searched for is marked in the texts.
export const searchedFor = () => new URLSearchParams(location.search).get("q") ?? "";
export const toEnd = (log) => { log.scrollTop = log.scrollHeight; };

// --- Opening -----------------------------------------------------------------------------------------
export function place(log) {
  const wanted = /^#[mn]-/.test(location.hash) ? log.querySelector(CSS.escape ? `#${CSS.escape(location.hash.slice(1))}` : null) : null;
  const around = new URLSearchParams(location.search).get("around");
  const found = wanted ?? (around && log.querySelector(`#m-${CSS.escape(around)}`));
  toEnd(log);
  if (found) {
    found.scrollIntoView({ block: "center" });
    found.classList.add("found");
    return;
  }
  const line = log.querySelector("#new-line");
  if (line && line.offsetTop < log.scrollTop) log.scrollTop = line.offsetTop - 72; // below the day, which stays on top
}

// --- Live --------------------------------------------------------------------------------------------
export function refreshFrom(log) {
  const items = [...log.querySelectorAll(".msg[data-message]:not(.scheduled)")];
  return items.at(-REFRESHED)?.dataset.message ?? log.dataset.oldest;
}

// Merge a fresh log, up to the newest or a part from the middle, into the one that is read; returns the new messages of
// others. A message may have another day than before: it was sent only now, or the reader's time zone has become known.
export function merge(log, fresh) {
  const wasAtEnd = isAtEnd(log);
  const came = [];
  const isMiddle = fresh.hasAttribute("data-has-newer");
  const times = [...fresh.querySelectorAll(".day > .msg")].map(at);
  const isAll = fresh.dataset.oldest === "0"; // there is no message at all
  const start = times.length ? at(fresh.querySelector(".day > [data-at]")) : isAll ? -Infinity : Infinity;
  const end = isMiddle ? times.at(-1) : Infinity;
  const wanted = new Set();
  for (const day of fresh.querySelectorAll(":scope > .day")) mergeDay(sectionFor(log, day), day, wanted, came);
  // Notes and events can go, and a held message that its writer took back; other messages never do, and many can have
  // the same time.
  for (const item of log.querySelectorAll(":scope > .day > [data-at]:not(.msg:not(.held))")) {
    if (at(item) >= start && at(item) < end && !wanted.has(item.id) && item.id !== "new-line") item.remove();
  }
  for (const day of log.querySelectorAll(":scope > .day")) if (!day.querySelector("[data-at]")) day.remove();
  if (isMiddle) return [];
  morph(log.querySelector("#scheduled-messages"), fresh.querySelector("#scheduled-messages"));
  log.dataset.newest = fresh.dataset.newest;
  log.dataset.now = fresh.dataset.now;
  for (const node of came) node.classList.add("new");
  if (wasAtEnd) toEnd(log);
  return came.filter((node) => node.matches("[data-others]"));
}

function sectionFor(log, day) {
  const days = [...log.querySelectorAll(":scope > .day")];
  const present = days.find((other) => other.dataset.day === day.dataset.day);
  if (present) return present;
  const section = document.importNode(day, false);
  section.append(document.importNode(day.querySelector("h2"), true));
  log.insertBefore(section, days.find((other) => other.dataset.day > day.dataset.day) ?? log.querySelector("#scheduled-messages"));
  return section;
}

function mergeDay(present, day, wanted, came) {
  morph(present.querySelector("h2"), day.querySelector("h2"));
  let last = null;
  for (const item of day.querySelectorAll(":scope > [id]")) {
    wanted.add(item.id);
    const old = document.getElementById(item.id);
    if (old && old.parentElement === present) {
      morph(old, item);
      last = old;
      continue;
    }
    const node = old ?? document.importNode(item, true);
    const before = last ? last.nextSibling : [...present.querySelectorAll(":scope > [data-at]")].find((other) => at(other) >= at(item));
    present.insertBefore(node, before ?? null);
    if (old) morph(old, item);
    else came.push(node);
    last = node;
  }
}

// --- Older -------------------------------------------------------------------------------------------
export async function loadOlder(thread, log) {
  const link = log.querySelector("[data-older-link]");
  if (!link || link.dataset.loading !== undefined) return;
  link.dataset.loading = "";
  const query = new URLSearchParams({ before: log.dataset.oldest, view: thread.dataset.view, q: searchedFor() });
  const { state, text } = await ask(`${thread.dataset.older}?${query}`);
  delete link.dataset.loading;
  if (state !== "ok") {
    location.assign(link.href);
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html").querySelector("#older-messages");
  const distance = log.scrollHeight - log.scrollTop;
  const top = log.querySelector("#more-older");
  const first = log.querySelector(":scope > .day");
  const days = [...page.querySelectorAll(":scope > .day")];
  const last = days.at(-1);
  if (first && last?.dataset.day === first.dataset.day) {
    first.querySelector("h2").after(...[...last.children].slice(1).map((node) => document.importNode(node, true)));
    days.pop();
  }
  top.after(...days.map((node) => document.importNode(node, true)));
  top.replaceWith(document.importNode(page.querySelector("#more-older"), true));
  log.dataset.oldest = page.dataset.oldest;
  log.scrollTop = log.scrollHeight - distance;
  window.htmx?.process(log);
}

// --- Seen --------------------------------------------------------------------------------------------
// Tells the greatest id that was in the reader's sight for a moment, in a tab that is visible.
export function watchSeen(log, tell) {
  const waiting = new Map();
  const stop = (node) => { clearTimeout(waiting.get(node)); waiting.delete(node); };
  const begin = (node) => {
    stop(node);
    waiting.set(node, setTimeout(() => {
      if (document.hidden || !node.isConnected) return;
      observer.unobserve(node);
      tell(Number(node.dataset.message));
    }, SEEN_AFTER));
  };
  const visible = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio, intersectionRect, rootBounds } of entries) {
      const isSeen = intersectionRatio >= 0.6 || (rootBounds && intersectionRect.height > rootBounds.height * 0.5);
      if (isSeen) { visible.add(target); if (!document.hidden) begin(target); }
      else { visible.delete(target); stop(target); }
    }
  }, { root: log, threshold: [0, 0.3, 0.6, 1] });
  const onShow = () => { if (!document.hidden) for (const node of visible) if (node.isConnected) begin(node); };
  document.addEventListener("visibilitychange", onShow);
  return {
    watch() { for (const node of log.querySelectorAll(".msg[data-others]:not([data-watched])")) { node.dataset.watched = ""; observer.observe(node); } },
    end() { observer.disconnect(); document.removeEventListener("visibilitychange", onShow); for (const node of [...waiting.keys()]) stop(node); },
  };
}

export { isAtEnd };
