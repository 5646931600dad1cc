// Tells the person of new texts that are theirs, when the browser may and they asked for it. One tab does it for all.
import { ask } from "../core/requests.js";

const ADDRESS = "/inbox/parts/notices/";
const GAP = 1000;

let message = null;
let notification = null;
let last = 0;
let timer = 0;

async function look() {
  last = Date.now();
  const pairs = new URLSearchParams();
  if (message !== null) pairs.set("message", message);
  if (notification !== null) pairs.set("notification", notification);
  const { state, text } = await ask(`${ADDRESS}?${pairs}`);
  if (state !== "ok") return; // asked again with the next hint
  const answer = JSON.parse(text);
  ({ message, notification } = answer);
  for (const notice of answer.notices) tell(notice);
}

function tell({ conversation_id: id, title, text, why, url }) {
  const isBeforeMe = document.visibilityState === "visible" && document.hasFocus() && location.pathname.endsWith(`/${id}/`);
  if (isBeforeMe) return;
  const shown = new Notification(title, { body: `${text}\n${why}`, tag: `didsms-${id}`, icon: document.querySelector("[data-favicon]")?.dataset.plain });
  shown.onclick = () => {
    window.focus();
    location.assign(url);
    shown.close();
  };
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(100, last + GAP - Date.now()));
}

function begin() {
  look();
  document.body.addEventListener("live:resync", schedule);
  document.body.addEventListener("live:change", (event) => {
    if (["message", "note", "conversation"].includes(event.detail.kind)) schedule();
  });
  return new Promise(() => {}); // until the tab closes
}

if (document.body.hasAttribute("data-notifications") && "Notification" in window && Notification.permission === "granted") {
  if (navigator.locks) navigator.locks.request("didsms-notifications", begin);
  else begin();
}
