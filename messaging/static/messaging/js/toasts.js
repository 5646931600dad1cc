// Short notices at the foot of the page, with Undo where a change can be taken back.
import { ask, csrf, isSignedOut } from "./requests.js";

const SHOWN_FOR = 7000;
const UNDONE_WITHIN = 60000; // by Ctrl+Z, also when the notice has gone
const box = () => document.querySelector("#toasts");

function leaveLater(toast) {
  let timer = setTimeout(() => toast.remove(), SHOWN_FOR);
  const stay = () => clearTimeout(timer);
  const go = () => { timer = setTimeout(() => toast.remove(), SHOWN_FOR); };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("pointerleave", go);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("focusout", go);
}

let last = null; // { undo, until }: the last thing that can be taken back

async function takeBack(undo) {
  if (last?.undo === undo) last = null;
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
  if (!last || Date.now() > last.until) return false;
  const { undo, node } = last;
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
    last = { undo, node, until: Date.now() + UNDONE_WITHIN };
  }
  while (box().childElementCount > 2) box().firstElementChild.remove();
  box().append(node);
  leaveLater(node);
}

document.body.addEventListener("toasts", (event) => {
  for (const each of event.detail.toasts) toast(each);
});

document.body.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.getResponseHeader("HX-Trigger")?.includes("toasts")) return;
  toast({ text: xhr.status === 404 ? box().dataset.gone : wordsFor(isSignedOut(xhr) ? "session" : "failed"), level: "error" });
});
document.body.addEventListener("htmx:sendError", () => toast({ text: box().dataset.offline, level: "error" }));

for (const node of document.querySelectorAll("[data-toast]")) leaveLater(node);
