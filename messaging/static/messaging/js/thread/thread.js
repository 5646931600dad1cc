// The open conversation: ties messages, composer, presence and panel together, and keeps them fresh.
import { Composer } from "../composer/composer.js";
import { Freshness } from "./freshness.js";
import { takeUpForms } from "../core/kept_forms.js";
import { setUpDialogs } from "./message_dialog.js";
import { isAtEnd, loadOlder, merge, place, refreshFrom, searchedFor, toEnd, watchSeen } from "./log.js";
import { morph } from "../core/morph.js";
import { rememberNumber, setUpNew } from "../composer/new_message.js";
import { setUpPanel, showPanelState } from "./panel.js";
import { setUpPresence } from "./presence.js";
import "../core/flags.js";
import { ask, post } from "../core/requests.js";
import { released } from "../core/clicks.js";
import { setUpActions } from "./actions.js";
import "../core/time_inputs.js";

const TICK = 250;
const GAP = 120; // several hints of one change are one fetch

// Where the person only reads, nothing is written and nothing is to be kept.
const nothing = () => {};
const NO_COMPOSER = { seenUpTo: 0, sawUpTo: nothing, setClosed: nothing, setValues: nothing, flush: nothing, catchUp: nothing, restore: nothing, revertOf: nothing };

let current = null;

class Thread {
  constructor(node) {
    this.node = node;
    this.id = Number(node.dataset.thread);
    this.log = node.querySelector("#thread-log");
    this.jump = node.querySelector("[data-jump]");
    this.skew = Number(this.log.dataset.now) - Date.now();
    this.readUpTo = 0;
    this.staysUnread = false;
    this.presence = setUpPresence(node.dataset.presence, { onEnded: () => this.refresh() });
    const form = node.querySelector("[data-composer]");
    this.composer = form ? new Composer(form, { thread: this }) : NO_COMPOSER;
    this.seen = watchSeen(this.log, (id) => this.saw(id));
    this.freshness = new Freshness(this.log, (oldest, newest) => this.bring(oldest, newest));
    place(this.log);
    this.seen.watch();
    this.presence.watch(node, () => this.now());
    // A composer that grows or a keyboard that opens takes room: a reader at the end stays there.
    this.resized = new ResizeObserver(() => { if (this.stoodAtEnd) toEnd(this.log); });
    this.stoodAtEnd = isAtEnd(this.log);
    this.resized.observe(this.log);
    this.log.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.ticker = setInterval(() => this.tick(), TICK);
    this.tick();
    if (!this.log.querySelector(".msg[data-others]")) this.saw(Number(this.log.dataset.newest));
  }

  now() { return Date.now() + this.skew; }

  typed(writes) { this.presence.typed(writes); }

  // --- Seen and read ---
  saw(id) {
    this.composer.sawUpTo(id);
    if (this.staysUnread || id <= this.readUpTo) return;
    this.readUpTo = id;
    clearTimeout(this.reading);
    const byItself = { headers: { "X-Asked-By": "page" } }; // what comes on a screen is no use of the session
    this.reading = setTimeout(() => post(this.node.dataset.read, { up_to: this.readUpTo }, byItself).then(({ state }) => {
      if (state === "ok") document.body.dispatchEvent(new CustomEvent("live:list")); // my unread counts changed
    }), 150);
  }

  keepUnread() {
    this.staysUnread = true;
    clearTimeout(this.reading); // what was seen a moment ago is not told any more
  }

  scrolled() {
    this.stoodAtEnd = isAtEnd(this.log);
    if (isAtEnd(this.log)) this.offerJump(false);
    else if (this.jump.hidden && this.log.scrollHeight - this.log.scrollTop > this.log.clientHeight * 2) this.offerJump("latest");
    if (this.log.scrollTop < 120 && this.hasScrolled) loadOlder(this.node, this.log);
    this.hasScrolled = true;
    this.freshness.scrolled();
  }

  offerJump(why) {
    this.jump.hidden = !why;
    if (!why) { this.jump.classList.remove("news"); return; }
    const words = this.jump.querySelector("[data-jump-words]");
    if (why === "new") this.jump.classList.add("news");
    if (why === "new" || !this.jump.classList.contains("news")) words.textContent = words.dataset[why];
  }

  // --- Live ---
  refresh({ toEnd: goes = false } = {}) {
    this.goesToEnd = this.goesToEnd || goes;
    if (document.hidden && !goes) { this.isStale = true; return; }
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.fetch(), goes ? 0 : GAP);
  }

  async fetch() {
    if (this.isFetching) { this.again = true; return; }
    this.isFetching = true;
    this.isStale = false;
    const isMiddle = this.log.hasAttribute("data-has-newer"); // then none of its messages comes this way
    const from = isMiddle ? Infinity : Number(refreshFrom(this.log));
    try {
      if (await this.bring(isMiddle ? 0 : from)) this.freshness.refreshed(from);
      else this.isStale = true; // offline: live.js says so, and asks for everything again afterwards
    } finally {
      this.isFetching = false;
      if (this.again) { this.again = false; this.refresh(); }
    }
  }

  // Fetch and show everything from a message on, or some messages of the middle; returns whether it came.
  async bring(oldest, newest) {
    const query = new URLSearchParams({ view: this.node.dataset.view, new_from: this.log.dataset.newFrom, q: searchedFor() });
    if (oldest) query.set("oldest", oldest);
    if (newest) query.set("newest", newest);
    const { state, text: html } = await ask(`${this.node.dataset.part}?${query}`);
    await released();
    // Asked last of all: the person may open another conversation while the answer is still coming in.
    if (state !== "ok" || !this.node.isConnected) return false;
    this.show(html);
    return true;
  }

  show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const part of fresh.querySelectorAll("[data-live-part]")) {
      const present = document.getElementById(part.id);
      if (!present || part.id === "thread-log") continue;
      morph(present, part);
      window.htmx?.process(present);
    }
    const log = fresh.getElementById("thread-log");
    // Where the newest messages are not on the page, there is no place for them.
    if (log && (log.hasAttribute("data-has-newer") || !this.log.hasAttribute("data-has-newer"))) {
      const came = merge(this.log, log);
      this.skew = Number(log.dataset.now) - Date.now();
      window.htmx?.process(this.log);
      if (this.goesToEnd) { toEnd(this.log); this.offerJump(false); }
      else if (came.length && !isAtEnd(this.log)) this.offerJump("new");
    }
    this.goesToEnd = false;
    this.seen.watch();
    this.presence.watch(this.node, () => this.now());
    const { closed = "", values } = document.getElementById("composer-notice").dataset;
    this.composer.setClosed(closed);
    this.composer.setValues(JSON.parse(values));
    showPanelState();
    this.tick();
  }

  tick() {
    for (const node of this.log.querySelectorAll("[data-countdown]")) {
      const left = Math.ceil((Number(node.dataset.countdown) - this.now()) / 1000);
      const words = node.dataset.words.replace("%d", Math.max(0, left));
      if (node.textContent !== words) node.textContent = words;
      if (left < 0 && left > -20 && !this.isOverdue) {
        this.isOverdue = setTimeout(() => { this.isOverdue = 0; this.refresh(); }, 1500);
      }
    }
  }

  end() {
    this.composer.flush();
    this.seen.end();
    this.freshness.end();
    this.resized.disconnect();
    this.presence.end();
    clearInterval(this.ticker);
    clearTimeout(this.waiting);
  }
}

// --- Which thread is on the page -----------------------------------------------------------------------
function look() {
  const node = document.querySelector("[data-thread]");
  if (current && current.node !== node) {
    current.end();
    current = null;
  }
  if (node && !current) {
    current = new Thread(node);
    rememberNumber(node.dataset.number);
    takeUpForms();
    showPanelState();
  }
  setUpNew();
}

document.body.addEventListener("main-pane:shown", look);
document.body.addEventListener("htmx:afterSettle", look);
document.body.addEventListener("main-pane:leaving", () => current?.composer.flush());
addEventListener("pagehide", () => current?.composer.flush());

document.body.addEventListener("live:change", ({ detail }) => {
  if (current && detail.conversation === current.id) current.refresh();
});
document.body.addEventListener("thread-changed", () => document.body.dispatchEvent(new CustomEvent("live:list")));
for (const name of ["live:resync", "live:queue", "thread-changed"]) document.body.addEventListener(name, () => current?.refresh());
document.body.addEventListener("live:resync", () => current?.composer.catchUp());
document.addEventListener("visibilitychange", () => { if (!document.hidden && current?.isStale) current.refresh(); });

setUpActions(() => current);
setUpPanel();
setUpDialogs();
look();
