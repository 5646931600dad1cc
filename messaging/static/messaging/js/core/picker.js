// One picker for whatever is chosen from a list: colleague, labels, time, number. A link or button that opens it says
// what it offers (data-picker, an address) and where the choice goes (data-action); without a script the link is a page.
// A "pick" event on the opener comes first: where a listener prevents its default, the choice is that listener's.
import { absorb, closed, opened } from "./overlays.js";
import { PickerList } from "./picker_list.js";
import { ask, post } from "./requests.js";
import { toast, wordsFor } from "./toasts.js";

const TIME_WAIT = 180;
const kept = new Map(); // address → HTML: what was loaded once is there at once, and is asked for again behind it

const box = document.getElementById("picker");
const input = box?.querySelector("input");
const body = box?.querySelector("[data-picker-body]");
const error = box?.querySelector("[data-picker-error]");
const list = box && new PickerList(input, body);

const isSeen = (node) => node?.isConnected && node.checkVisibility();
let now = null; // { opener, before: what had the focus, isLoaded, wantsEnter, isBusy, timer, time: a promise }

export const isOpen = () => now !== null;

// What an address offers, as the server has it now.
async function load(address) {
  const { state, text } = await ask(address, { headers: { "HX-Request": "true" } });
  if (state === "ok") kept.set(address, text);
  return { state, html: text };
}

// The options behind an opener, for the command palette: what was loaded once, else what the server answers.
export async function optionsOf(opener) {
  const address = opener.dataset.picker;
  if (!kept.has(address)) await load(address);
  const holder = document.createElement("template");
  holder.innerHTML = kept.get(address) ?? ""; // escaped by the server's templates
  return [...holder.content.querySelectorAll("[role=option]")];
}

// --- Opening and closing -------------------------------------------------------------------------------
export async function open(opener) {
  if (!box) return;
  close();
  const focused = document.activeElement;
  const menu = opener.closest("details.drop");
  if (menu) menu.open = false;
  now = { opener, before: focused === document.body || menu?.contains(focused) ? null : focused };
  const mine = now;
  input.value = "";
  input.placeholder = opener.dataset.placeholder ?? body.dataset.wordsFilter;
  box.setAttribute("aria-label", opener.dataset.title);
  box.querySelector("[data-picker-title]").textContent = opener.dataset.title;
  error.hidden = true;
  body.textContent = "";
  input.setAttribute("aria-expanded", "false");
  box.showPopover();
  input.focus({ preventScroll: true });
  opened(() => close());
  opener.setAttribute("aria-expanded", "true");
  const address = opener.dataset.picker;
  if (kept.has(address)) show(kept.get(address));
  else body.textContent = body.dataset.wordsLoading;
  place();
  const before = kept.get(address);
  const { state, html } = await load(address);
  if (state === "ok") {
    if (now === mine && (html !== before || !mine.isLoaded)) show(html);
  } else if (now === mine && !mine.isLoaded) {
    body.textContent = "";
    complain(wordsFor(state));
  }
}

function show(html) {
  const active = list.active?.dataset.text;
  list.fill(html, (now.opener.dataset.current ?? "").split(" ").filter(Boolean));
  now.isLoaded = true;
  list.filter();
  const same = active && list.shown.find((option) => option.dataset.text === active);
  if (same) list.activate(same);
  place();
  if (now.opener.dataset.timeUrl && input.value) understand();
  if (now.wantsEnter) { now.wantsEnter = false; enter(); }
}

// `givesBack`: the focus returns to where it was, else to what opened the picker.
export function close({ givesBack = true } = {}) {
  if (!now) return;
  const { opener, before, timer } = now;
  const hadFocus = box.contains(document.activeElement);
  clearTimeout(timer);
  now = null;
  list.activate(null);
  box.hidePopover();
  opener.setAttribute("aria-expanded", "false");
  closed();
  if (!givesBack || !hadFocus) return;
  [before, opener, opener.closest("details.drop")?.querySelector("summary")].find(isSeen)?.focus({ preventScroll: true });
}

// Beside its opener where that has room; a small screen shows it as a sheet.
function place() {
  const shown = [now.opener, now.opener.closest("details.drop"), document.getElementById("thread-header")];
  const anchor = shown.find(isSeen)?.getBoundingClientRect();
  if (!anchor) return;
  const { width } = box.getBoundingClientRect();
  const below = innerHeight - anchor.bottom - 12;
  const above = anchor.top - 12;
  const isUp = below < 280 && above > below;
  const isRight = anchor.left + anchor.width / 2 > innerWidth / 2;
  const left = isRight ? anchor.right - width : anchor.left;
  box.style.setProperty("--x", `${Math.round(Math.min(Math.max(8, left), innerWidth - width - 8))}px`);
  box.style.setProperty("--top", isUp ? "auto" : `${Math.round(Math.min(anchor.bottom + 4, innerHeight - 200))}px`);
  box.style.setProperty("--bottom", isUp ? `${Math.round(innerHeight - anchor.top + 4)}px` : "auto");
  box.style.setProperty("--room", `${Math.round(Math.max(180, isUp ? above : below))}px`);
}

// --- Choosing ------------------------------------------------------------------------------------------
// In the picker, where it is still open.
function complain(text, mine = now) {
  if (now !== mine) { toast({ text, level: "error" }); return; }
  error.textContent = text;
  error.hidden = false;
}

// Whether the choice is somebody else's: a selection's, a composer's.
function isTaken(option) {
  const pick = new CustomEvent("pick", { bubbles: true, cancelable: true, detail: { option } });
  return !now.opener.dispatchEvent(pick);
}

async function choose(option) {
  if (now.isBusy) return;
  error.hidden = true;
  const { opener } = now;
  if (option.href) { absorb(); close({ givesBack: false }); location.assign(option.href); return; }
  if (isTaken(option)) { close(); return; }
  if (list.isMultiple) { toggle(option); return; }
  const mine = now;
  mine.isBusy = true;
  const note = body.querySelector("[name=note]")?.value ?? "";
  const said = await send(opener, [[option.name, option.value], ["note", note]]);
  mine.isBusy = false;
  if (!said.ok) complain(said.text, mine);
  else if (now === mine) close();
}

// One label more or less, at once; the picker stays open for the next one.
async function toggle(option) {
  const mine = now;
  const { opener } = mine;
  if ("create" in option.dataset) { create(option); return; }
  const isOn = option.getAttribute("aria-selected") === "true";
  option.setAttribute("aria-selected", String(!isOn));
  list.activate(option);
  input.select();
  const said = await send(opener, [[isOn ? "remove" : "add", option.value]]);
  if (said.ok) return;
  option.setAttribute("aria-selected", String(isOn));
  complain(said.text, mine);
}

// A new label is on at once, and among the options from now on.
async function create(option) {
  const mine = now;
  mine.isBusy = true;
  const said = await send(mine.opener, [[option.name, option.value]]);
  mine.isBusy = false;
  if (!said.ok) { complain(said.text, mine); return; }
  const { html } = await load(mine.opener.dataset.picker);
  if (now !== mine) return;
  const on = list.options.filter((each) => each.getAttribute("aria-selected") === "true").map((each) => each.dataset.id);
  const name = option.value.split(/\s+/).join(" ").toLowerCase();
  list.fill(html, on);
  const made = list.options.find((each) => each.dataset.text.toLowerCase() === name);
  made?.setAttribute("aria-selected", "true");
  input.value = "";
  list.filter();
  list.activate(made);
}

// Does what an option says; returns { ok, text }.
export async function send(opener, fields) {
  const { state, answer } = await post(opener.dataset.action, [...fields, ["seen", opener.dataset.seen ?? ""]]);
  if (state === "ok") {
    if (answer.text) toast({ text: answer.text, undo: answer.undo });
    document.body.dispatchEvent(new CustomEvent("thread-changed"));
    return { ok: true };
  }
  return { ok: false, text: answer.text ?? wordsFor(state) };
}

async function enter() {
  if (!now.isLoaded) { now.wantsEnter = true; return; }
  const mine = now;
  if (!list.active && mine.time) await mine.time;
  if (now === mine && list.active) choose(list.active);
}

// --- Times in words ------------------------------------------------------------------------------------
// The last option is what is typed, as the server understands it; where it does not, it says so.
async function understand() {
  const option = body.querySelector("[data-understood]");
  const mine = now;
  if (!option) return;
  const when = input.value.trim();
  const answer = when ? await ask(`${mine.opener.dataset.timeUrl}?${new URLSearchParams({ when })}`) : null;
  if (now !== mine || input.value.trim() !== when) return;
  const { ok, text, value, night } = answer?.state === "ok" ? JSON.parse(answer.text) : {};
  option.value = ok ? value : "";
  option.querySelector(".name").textContent = [ok && text, night].filter(Boolean).join(" ");
  option.title = option.querySelector(".name").textContent;
  const { active } = list;
  list.filter();
  if (active && !active.hidden) list.activate(active);
  if (when && !list.shown.length && text) body.querySelector("[data-picker-none]").textContent = text;
}

function typed() {
  error.hidden = true;
  const option = body.querySelector("[data-understood]");
  if (option) option.value = "";
  list.filter();
  if (!now.opener.dataset.timeUrl) return;
  clearTimeout(now.timer);
  now.time = new Promise((done) => { now.timer = setTimeout(() => understand().then(done), TIME_WAIT); });
}

// --- Keys and pointer ----------------------------------------------------------------------------------
function pressed(event) {
  if (event.isComposing) return;
  if (event.key === "Escape") close();
  else if (event.target !== input) return;
  else if (event.key === "ArrowDown") list.move(1);
  else if (event.key === "ArrowUp") list.move(-1);
  else if (event.key === "Enter" && !event.repeat) enter();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

if (box) {
  input.addEventListener("input", (event) => { if (!event.isComposing) typed(); });
  input.addEventListener("compositionend", typed);
  box.addEventListener("keydown", pressed);
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(option);
  });
  body.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-picker-time]") || !target.value) return;
    input.value = target.value.replace("T", " ");
    typed();
  });
  body.addEventListener("pointerdown", (event) => {
    if (event.target.closest("[role=option]")) event.preventDefault(); // the focus stays in the field
  });
  box.addEventListener("focusout", ({ relatedTarget }) => {
    if (now && relatedTarget && !box.contains(relatedTarget) && !now.opener.contains(relatedTarget)) close({ givesBack: false });
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!now || box.contains(target)) return;
    if (now.opener.contains(target)) return; // its click closes
    close({ givesBack: false });
  }, true);
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-picker]");
    if (!opener || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (now?.opener === opener) close();
    else open(opener);
  });
  document.body.addEventListener("main-pane:shown", () => { if (now && !now.opener.isConnected) close({ givesBack: false }); });
  addEventListener("resize", () => now && place());
}
