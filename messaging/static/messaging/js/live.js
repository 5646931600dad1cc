// One event stream per browser: the tab that holds the Web Lock connects and shares every hint over a
// BroadcastChannel. A hint becomes DOM events on <body>: "live:change" {id, kind, conversation, did},
// "live:conversation-<id>", "live:list" (what the list or the counts show may have changed), "live:queue",
// and "live:resync" after a gap: a part that shows something fetches it again. Where there is no stream to be
// had (too many, or a proxy that holds it back), it polls.
import { ask } from "./core/requests.js";
import { notice } from "./core/toasts.js";

const ADDRESS = "/live/stream";
const POLL_ADDRESS = "/live/poll/";
const POLL_EVERY = 2000;
const SILENCE = 40000; // the server says "here" every 15 s

const root = document.documentElement;
const words = document.querySelector("[data-live-words]")?.dataset ?? {};
const bus = "BroadcastChannel" in self ? new BroadcastChannel("didsms-live") : null;
const seen = new Set();
let last = 0;
let state = "";
let isSignedOut = false; // then nothing on the page is live, whatever the line says
let isOthers = false; // nor where somebody else has signed in since: this page alone is the one before
const me = crypto.getRandomValues(new Uint32Array(1))[0];

const fire = (name, detail = {}) =>
  document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail, bubbles: true }));

function show() {
  const shown = isSignedOut || isOthers ? "signed-out" : state;
  if (shown === root.dataset.live) return;
  root.dataset.live = shown;
  const text = { live: words.live, "catching-up": words.catchingUp, offline: words.offline, "signed-out": words.signedOut }[shown];
  for (const node of document.querySelectorAll("[data-live-state]")) {
    node.dataset.liveState = shown;
    node.textContent = text;
  }
}

// Every answer to any tab of this browser says whether the session lasts.
function tellSession(isOver) {
  if (isOver !== isSignedOut) tell({ isOver });
}

function setSession(isOver) {
  isSignedOut = isOver;
  show();
  if (!isOver && leads && !source) connect();
}

// After an upgrade the page goes on with its own scripts, which the new version still understands; the
// person decides when to load the new ones.
let isUpdateTold = false;

function compareRelease(release) {
  if (isUpdateTold || !words.release || release === words.release) return;
  isUpdateTold = true;
  notice({ text: words.updated, button: words.reload, run: () => location.reload() });
}

function receive(hint) {
  if (hint.id) {
    last = Math.max(last, hint.id);
    if (hint.kind !== "hello" && seen.has(hint.id)) return;
    seen.add(hint.id);
    if (seen.size > 2000) seen.delete(seen.values().next().value);
  }
  // Before a stream began, something may have changed unheard: after the page was rendered, during a cut,
  // or while another tab took over.
  if (hint.kind === "hello" || hint.kind === "resync") { fire("resync"); return; }
  fire("change", hint);
  if (hint.kind === "queue") fire("queue", hint);
  if (hint.conversation) fire(`conversation-${hint.conversation}`, hint);
  if (hint.kind !== "presence") fire("list", hint);
}

// Everything that the connecting tab learns goes to all tabs.
function tell(message) {
  apply(message);
  bus?.postMessage(message);
}

// A tab that opens asks how things are; the answer, for it alone, replaces the hello that it did not hear.
function apply(message) {
  if (message.to && message.to !== me) return;
  if ("isOver" in message) setSession(message.isOver);
  if (message.ask && isSignedOut) setSession(false); // only who is signed in gets such a page
  if (message.state) { state = message.state; show(); }
  if (message.release) compareRelease(message.release);
  if (message.hint) receive(message.hint);
  if (message.ask && state && leads) bus?.postMessage({ to: message.ask, state, hint: { kind: "hello", id: last } });
}

let leads = false;
let source = null;
let watchdog = 0;
let retry = 0;
let wait = 1000;

function stop() {
  clearTimeout(retry);
  clearTimeout(watchdog);
  source?.close();
  source = null;
}

function heard() {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => { tell({ state: "catching-up" }); connect(); }, SILENCE);
}

function connect() {
  stop();
  source = new EventSource(last ? `${ADDRESS}?since=${last}` : ADDRESS);
  source.onmessage = (event) => {
    wait = 1000;
    tell({ state: "live" });
    heard();
    const hint = JSON.parse(event.data);
    tell({ hint, release: hint.release });
  };
  source.onopen = () => { tellSession(false); heard(); };
  source.addEventListener("here", heard);
  source.onerror = () => {
    tell({ state: navigator.onLine ? "catching-up" : "offline" });
    // The browser itself goes on trying after a cut; after an HTTP error it gives up, so we ask why.
    if (source?.readyState === EventSource.CLOSED) {
      stop();
      retry = setTimeout(pollUntilStream, wait);
      wait = Math.min(wait * 2, 30000);
    }
  };
  heard();
}

// A few turns of polling, then another try for a stream.
async function pollUntilStream() {
  for (let turn = 0; turn < 15 && leads && !source; turn += 1) {
    const asked = await ask(`${POLL_ADDRESS}?since=${last}`);
    if (asked.state === "session") { retry = setTimeout(connect, 30000); return; }
    if (asked.state === "ok") {
      const answer = JSON.parse(asked.text);
      tell({ state: "live", release: answer.release });
      for (const hint of answer.changes) tell({ hint });
      last = Math.max(last, answer.last);
    } else if (asked.status !== 304) tell({ state: "offline" });
    await new Promise((done) => setTimeout(done, POLL_EVERY));
  }
  if (leads && !source) connect();
}

function lead() {
  leads = true;
  connect();
  return new Promise(() => {}); // until the tab closes
}

if (document.querySelector("[data-live-state]")) {
  bus?.addEventListener("message", (event) => apply(event.data));
  document.body.addEventListener("session", ({ detail }) => {
    if (detail.isOther) { isOthers = true; show(); } else tellSession(detail.isOver);
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && leads && connect());
  // The browser knows whether it has a network, only a new connection whether it leads to the server (which
  // may be this very machine); a stream from before may live on or be dead without a word.
  const restart = (meanwhile) => { if (leads) { tell({ state: meanwhile }); connect(); } };
  addEventListener("offline", () => restart("offline"));
  addEventListener("online", () => restart("catching-up"));
  // After sleep the clock has jumped: fetch at once rather than wait for the silence to be noticed.
  let tick = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - tick > 30000) restart("catching-up");
    tick = now;
  }, 5000);
  if (navigator.locks && bus) {
    navigator.locks.request("didsms-live", lead);
    bus.postMessage({ ask: me });
  } else {
    // Plain http from another host has no locks: one stream for each visible tab.
    leads = true;
    connect();
    document.addEventListener("visibilitychange", () => (document.hidden ? stop() : connect()));
  }
}
