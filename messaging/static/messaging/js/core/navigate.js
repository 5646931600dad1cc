// Follows links inside the inbox by swapping only what changes: #main-pane for a conversation, #workspace for a view.
// The addresses are those of the plain links; back and forward work; anything unusual is a normal page load.

import { isPlain } from "./clicks.js";
import { morph } from "./morph.js";
import { absorb, wentBack } from "./overlays.js";
import { remember } from "./list_position.js";
import { ask, tellPage } from "./requests.js";
import { toast, wordsFor } from "./toasts.js";

const workspace = () => document.querySelector("#workspace");
const list = () => document.querySelector("#list");
const viewOf = (path) => path.split("/")[2] ?? "";
const conversationOf = (path) => path.split("/")[3] || "";
const isOnePane = matchMedia("(width < 45rem)");
let here = location.pathname + location.search;

export function shown() {
  const url = new URL(location.href);
  for (const link of document.querySelectorAll("[data-rows] a.row[aria-current]")) link.removeAttribute("aria-current");
  const id = conversationOf(url.pathname);
  const row = id ? document.querySelector(`#row-${CSS.escape(id)} a.row`) : null;
  row?.setAttribute("aria-current", "true");
  if (row) remember(row);
  for (const link of document.querySelectorAll(".sidebar a[data-view], .tabs a[data-view]")) {
    if (link.dataset.view === list()?.dataset.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.body.dispatchEvent(new CustomEvent("main-pane:shown", { detail: { conversation: id ? Number(id) : null } }));
}

let underway = null;

// Fetches a part and puts it in the place of the present one; a newer visit stops an older one.
// Returns whether the part is there now.
async function swap(target, url) {
  underway?.abort();
  const mine = new AbortController();
  underway = mine;
  document.documentElement.dataset.loading = "";
  try {
    const headers = { "HX-Request": "true", "HX-Target": target };
    const { state, text, headers: said, isRedirected } = await ask(url, { headers, signal: mine.signal, redirect: "follow" });
    if (mine.signal.aborted) return false;
    if (state === "offline") {
      toast({ text: wordsFor(state), level: "error" });
      return false;
    }
    if (state !== "ok" || isRedirected) {
      location.assign(url); // signed out, or not there: the whole page says so
      return false;
    }
    const holder = document.createElement("template");
    holder.innerHTML = text; // escaped by the server's templates
    const fresh = holder.content.querySelector(`#${target}`);
    // The browser would focus it when it next draws, also where the person has left it already.
    for (const field of fresh.querySelectorAll("[autofocus]")) {
      field.removeAttribute("autofocus");
      field.dataset.focusFirst = "";
    }
    document.querySelector(`#${target}`).replaceWith(fresh);
    document.title = holder.content.querySelector("title")?.textContent ?? document.title;
    htmx.process(fresh);
    tellPage(said.get("HX-Trigger")); // kept for the next page, and this is it
    return true;
  } finally {
    if (underway === mine) delete document.documentElement.dataset.loading;
  }
}

// Whether the list that this address belongs to is the one on the page already.
function hasList(url) {
  if (!list()) return false;
  const pairs = new URLSearchParams(url.search);
  for (const name of ["before", "around"]) pairs.delete(name);
  const wanted = pairs.size ? `?${pairs}` : "";
  const present = new URLSearchParams(list().dataset.query);
  return viewOf(url.pathname) === list().dataset.view && wanted === (present.size ? `?${present}` : "");
}

// Whether the page can show this address without a page load.
const isOurs = (url) => Boolean(window.htmx && workspace() && !workspace().classList.contains("whole") && url.origin === location.origin);

const partOf = (url) => (hasList(url) && conversationOf(url.pathname) ? "main-pane" : "workspace");

function remembered(url, { replaces = false } = {}) {
  const entry = { inbox: true, from: here };
  if (replaces) history.replaceState(entry, "", url);
  else history.pushState(entry, "", url);
}

// Returns whether it is shown now.
export async function visit(href, { push = true, part = "" } = {}) {
  const url = new URL(href, location.href);
  if (!isOurs(url)) {
    location.assign(url);
    return false;
  }
  const target = part || partOf(url);
  absorb();
  document.querySelector("#sidebar:popover-open")?.hidePopover();
  // Where one pane is shown at a time, the list is there, live, behind what is open: it needs no network.
  const isBehind = isOnePane.matches && hasList(url) && !conversationOf(url.pathname);
  const left = conversationOf(here.split("?")[0]);
  if (isBehind) closeMainPane(url);
  else if (!(await swap(target, url.pathname + url.search))) return false;
  if (push) remembered(url, { replaces: history.state?.isOverlay });
  here = url.pathname + url.search;
  if (target === "workspace" && !isBehind) document.body.dispatchEvent(new CustomEvent("workspace:changed"));
  shown();
  takeFocusAlong(left);
  return true;
}

function closeMainPane(url) {
  const mainPane = document.querySelector("#main-pane");
  mainPane.replaceChildren();
  mainPane.removeAttribute("data-open");
  mainPane.dataset.url = url.pathname + url.search;
  document.title = document.querySelector("#list h1").textContent;
}

// The row with the focus is the one that keys are for: where another was opened by other means, that one. On a phone the
// focus goes to what is shown: to the conversation, or back to its row.
function takeFocusAlong(left) {
  if (isOnePane.matches) {
    const row = left ? document.querySelector(`#row-${CSS.escape(left)} a.row`) : null;
    const isOpen = document.querySelector(".main-pane[data-open]") !== null;
    const goal = isOpen ? document.querySelector("#main-pane") : row;
    if (!goal?.contains(document.activeElement)) goal?.focus({ preventScroll: isOpen });
    return;
  }
  const focused = document.activeElement?.closest?.("[data-rows] a.row");
  const current = document.querySelector("[data-rows] a.row[aria-current]");
  if (!focused || focused === current) return;
  if (current) current.focus({ preventScroll: true });
  else if (document.querySelector(".main-pane[data-open]")) focused.blur();
}

// Asked before something with unsaved text goes away; the composer answers by preventDefault().
const mayLeave = () => document.body.dispatchEvent(new CustomEvent("main-pane:leaving", { cancelable: true }));

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-nav]");
  if (!link || event.defaultPrevented || !isPlain(event)) return;
  event.preventDefault();
  if (!mayLeave()) return;
  if (link.dataset.nav === "back" && history.state?.inbox && history.state.from?.startsWith(new URL(link.href).pathname)) {
    history.back();
    return;
  }
  visit(link.href, { part: link.dataset.nav === "main-pane" ? "main-pane" : "workspace" });
});

addEventListener("popstate", () => {
  const url = new URL(location.href);
  if (wentBack() || url.pathname + url.search === here) return; // or only the part of the page that it points to
  if (!url.pathname.startsWith("/inbox/")) return location.reload();
  visit(url.href, { push: false, part: hasList(url) ? "main-pane" : "workspace" });
});

// The search form: same addresses, no page load; an empty search is the plain view. What is typed is looked for at once,
// in the list alone: what is open beside it stays, and so does the field. The filters come with a new list.
const SEARCH_WAIT = 250;
let searching = 0;

const isSearchField = (node) => node.matches?.("form[data-search] input[type=search]");

function addressOf(form) {
  const pairs = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...pairs]) if (!value.trim()) pairs.delete(name);
  return new URL(`${form.getAttribute("action")}${pairs.size ? `?${pairs}` : ""}`, location.href);
}

const isShown = (form) => form.elements.q.value.trim() === (new URLSearchParams(list().dataset.query).get("q") ?? "");

async function refine(form) {
  clearTimeout(searching);
  if (!window.htmx || isShown(form)) return;
  underway?.abort();
  const mine = new AbortController();
  underway = mine;
  const headers = { "HX-Request": "true", "HX-Target": "workspace" };
  const { state, text, isRedirected } = await ask(addressOf(form).href, { headers, signal: mine.signal, redirect: "follow" });
  if (mine.signal.aborted || !form.isConnected || state !== "ok" || isRedirected) return; // live.js says why
  const holder = document.createElement("template");
  holder.innerHTML = text; // escaped by the server's templates
  morph(list(), holder.content.querySelector("#list"));
  htmx.process(list());
  const { view, query } = list().dataset; // as the server says it, without what is the default
  const open = conversationOf(location.pathname);
  const url = new URL(`/inbox/${view}/${open && `${open}/`}${query && `?${new URLSearchParams(query)}`}`, location.href);
  const entry = { inbox: true, from: here, isSearch: true };
  if (history.state?.isSearch) history.replaceState({ ...history.state }, "", url);
  else history.pushState(entry, "", url);
  here = url.pathname + url.search;
  document.body.dispatchEvent(new CustomEvent("workspace:changed"));
  shown();
}

document.addEventListener("input", (event) => {
  if (!isSearchField(event.target)) return;
  clearTimeout(searching);
  if (!event.isComposing) searching = setTimeout(() => refine(event.target.form), SEARCH_WAIT);
});
document.addEventListener("compositionend", ({ target }) => { if (isSearchField(target)) refine(target.form); });

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-search]");
  if (!form || !window.htmx) return;
  event.preventDefault();
  clearTimeout(searching);
  if (isSearchField(document.activeElement)) refine(form);
  else visit(addressOf(form).href, { part: "workspace" });
});

// Escape leaves the field; what was found stays.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || !event.target.matches?.("form[data-search] input")) return;
  event.preventDefault();
  event.target.blur();
});

if (document.body) queueMicrotask(shown);
