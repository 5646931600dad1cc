// Short notices at the foot of the page, with Undo where a change can be taken back.
import { ask, csrf, isSignedOut } from "./requests.js";

const SHOWN_FOR = 7000;
const UNDONE_WITHIN = 60000; // by Ctrl+Z, also when the notice has gone; a message that is being sent has its own time
const MOST_CHANGES = 20;
const box = () => document.querySelector("#toasts");

function leaveLater(node) {
  let timer = setTimeout(() => node.remove(), SHOWN_FOR);
  const stay = () => clearTimeout(timer);
  const go = () => { timer = setTimeout(() => node.remove(), SHOWN_FOR); };
  node.addEventListener("pointerenter", stay);
  node.addEventListener("pointerleave", go);
  node.addEventListener("focusin", stay);
  node.addEventListener("focusout", go);
}

let changes = []; // { undo, node, until }: what can be taken back, newest last

async function takeBack(undo) {
  changes = changes.filter((change) => change.undo !== undo);
  if (undo.run) { undo.run(); return; }
  const body = new URLSearchParams(undo.fields);
  const asked = await ask(undo.url, { method: "POST", body, headers: { "X-CSRFToken": csrf(), "HX-Request": "true" } });
  const said = JSON.parse(asked.headers?.get("HX-Trigger") ?? "{}").toasts;
  for (const each of said?.toasts ?? []) toast(each);
  if (asked.state === "ok" || said) document.body.dispatchEvent(new CustomEvent("live:resync"));
  else toast({ text: wordsFor(asked.state), level: "error", undo });
}

// Takes back the last thing that can be; returns whether there was one.
export function undoLast() {
  const change = changes.at(-1);
  if (!change || Date.now() > change.until) return false;
  const { undo, node } = change;
  node.remove();
  takeBack(undo);
  return true;
}

// What to say when something was asked for and not done.
export const wordsFor = (state) => ({ session: box().dataset.session, offline: box().dataset.offline })[state] ?? box().dataset.failed;

export function toast({ text, level = "success", undo = null }) {
  const node = document.createElement("div");
  node.className = `toast ${level}`;
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = text;
  node.append(words);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = box().dataset.undo;
    button.setAttribute("aria-keyshortcuts", "Control+Z");
    button.addEventListener("click", () => {
      node.remove();
      takeBack(undo);
    });
    node.append(button);
    changes = [...changes.slice(1 - MOST_CHANGES), { undo, node, until: Date.now() + UNDONE_WITHIN }];
  }
  const leaving = [...box().children].filter((each) => !("stays" in each.dataset));
  for (const each of leaving.slice(0, Math.max(0, leaving.length - 2))) each.remove();
  box().append(node);
  leaveLater(node);
}

// Says something that stays until its button is pressed.
export function notice({ text, button, run }) {
  const node = document.createElement("div");
  node.className = "toast";
  node.dataset.stays = "";
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = text;
  const does = document.createElement("button");
  does.type = "button";
  does.textContent = button;
  does.addEventListener("click", run);
  node.append(words, does);
  box().append(node);
}

// Why something was refused is said where it was typed: a notice at the foot is behind a dialog, and far from a menu.
const TYPED = "textarea, input:not([type=hidden], [type=checkbox], [type=radio])";

function sayInside(form, { text, level }) {
  if (level !== "error" || !form.matches?.("form") || !form.querySelector(TYPED)) return false;
  const line = document.createElement("p");
  line.className = "error";
  line.role = "alert";
  line.dir = "auto";
  line.dataset.refused = "";
  line.textContent = text;
  form.append(line);
  line.scrollIntoView({ block: "nearest" });
  return true;
}

document.body.addEventListener("htmx:beforeRequest", ({ target }) => {
  for (const line of target.querySelectorAll?.("[data-refused]") ?? []) line.remove();
});
document.body.addEventListener("toasts", (event) => {
  for (const each of event.detail.toasts) if (!sayInside(event.target, each)) toast(each);
});

document.body.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.getResponseHeader("HX-Trigger")?.includes("toasts")) return;
  toast({ text: xhr.status === 404 ? box().dataset.gone : wordsFor(isSignedOut(xhr) ? "session" : "failed"), level: "error" });
});
document.body.addEventListener("htmx:sendError", () => toast({ text: box().dataset.offline, level: "error" }));

for (const node of document.querySelectorAll("[data-toast]")) leaveLater(node);
