// One picker for whatever is chosen from a list: colleague, labels, time, number. A link or button that opens it says
// what it offers (data-picker, an address) and where the choice goes (data-action); without a script the link is a page.
// Where the page itself knows what there is, the opener names a source (data-source) instead. A "pick" event on the
// opener comes first: where a listener prevents its default, the choice is that listener's.
import { absorb, closed, opened } from "./overlays.js";
import { PickerList } from "./picker_list.js";
import { isSeen, placeBeside } from "./picker_place.js";
import { keptFor, load } from "./picker_sources.js";
import { ask, post } from "./requests.js";
import { toast, wordsFor } from "./toasts.js";

const TIME_WAIT = 180;

const box = document.getElementById("picker");
const input = box?.querySelector("input");
const body = box?.querySelector("[data-picker-body]");
const error = box?.querySelector("[data-picker-error]");
const list = box && new PickerList(input, body);

let now = null; // { opener, before: what had the focus, isLoaded, wantsEnter, isBusy, timer, time: a promise }

export const isOpen = () => now !== null;
export const isOpenFor = (opener) => now?.opener === opener;

// The opener, or the text field that it opens for.
const isOfOpener = (node) => now.opener.contains(node) || (node.id !== "" && node.id === now.opener.dataset.for);

// --- Opening and closing -------------------------------------------------------------------------------
// An empty picker with its field, before its options are there.
function appear(opener, text) {
  input.value = text;
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
}

// `typed`: what the field holds to begin with.
export async function open(opener, { typed: begin = "" } = {}) {
  if (!box) return;
  close();
  const focused = document.activeElement;
  const menu = opener.matches("[data-keeps-menu]") ? null : opener.closest("details.drop");
  if (menu) menu.open = false;
  now = { opener, before: focused === document.body || menu?.contains(focused) ? null : focused };
  appear(opener, begin);
  await bringOptions(now);
}

async function bringOptions(mine) {
  const { opener } = mine;
  const before = keptFor(opener);
  if (before !== undefined) show(before);
  else body.textContent = body.dataset.wordsLoading;
  place();
  const { state, html } = await load(opener);
  if (now !== mine) return;
  if (state === "ok") {
    if (html !== before || !mine.isLoaded) show(html);
  } else if (!mine.isLoaded) {
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

// Shows what the opener offers by now, with nothing typed, and goes to one option.
export async function startAgain(text = "") {
  const mine = now;
  if (!mine) return;
  const { state, html } = await load(mine.opener);
  if (now !== mine || state !== "ok") return;
  input.value = "";
  show(html);
  list.activate(list.shown.find((option) => option.dataset.text === text) ?? list.active);
}

// `givesBack`: the focus returns to where it was, else to what opened the picker.
export function close({ givesBack = true } = {}) {
  if (!now) return;
  const { opener, before, timer } = now;
  const left = input.value;
  const hadFocus = box.contains(document.activeElement);
  clearTimeout(timer);
  now = null;
  list.activate(null);
  box.hidePopover();
  opener.dispatchEvent(new CustomEvent("picker:closed", { detail: { typed: left } }));
  opener.setAttribute("aria-expanded", "false");
  closed();
  if (!givesBack || !hadFocus) return;
  [before, opener, opener.closest("details.drop")?.querySelector("summary")].find(isSeen)?.focus({ preventScroll: true });
}

const place = () => placeBeside(box, now.opener);

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
  if (isTaken(option)) { if (list.isMultiple) goOn(option); else close(); return; }
  if (option.href) { absorb(); close({ givesBack: false }); location.assign(option.href); return; }
  if (list.isMultiple) { toggle(option); return; }
  const mine = now;
  mine.isBusy = true;
  const note = body.querySelector("[name=note]")?.value ?? "";
  const said = await send(opener, [[option.name, option.value], ["note", note]]);
  mine.isBusy = false;
  if (!said.ok) complain(said.text, mine);
  else if (now === mine) close();
}

// The picker stays open for the next one: what is typed then replaces what is there.
function goOn(option) {
  list.activate(option);
  input.select();
}

// One label more or less, at once.
async function toggle(option) {
  const mine = now;
  const { opener } = mine;
  if ("create" in option.dataset) { create(option); return; }
  const isOn = option.getAttribute("aria-selected") === "true";
  option.setAttribute("aria-selected", String(!isOn));
  goOn(option);
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
  const { html } = await load(mine.opener);
  if (now !== mine) return;
  const on = list.chosen;
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
// Returns whether the key is one of the picker's.
export function press({ key, repeat = false, ctrlKey = false, metaKey = false, shiftKey = false }) {
  if (key === "Escape") close();
  else if (key === "ArrowDown") list.move(1);
  else if (key === "ArrowUp") list.move(-1);
  else if (key === "Enter" && !repeat && !ctrlKey && !metaKey && !shiftKey) enter();
  else return false;
  return true;
}

export const typedIn = () => input.value;
export function typeIn(text) {
  input.value = text;
  typed();
}

function pressed(event) {
  if (event.isComposing || (event.target !== input && event.key !== "Escape")) return;
  if (!press(event)) return;
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
    if (now && relatedTarget && !box.contains(relatedTarget) && !isOfOpener(relatedTarget)) close({ givesBack: false });
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
