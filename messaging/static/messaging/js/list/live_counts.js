// Keeps the counts fresh: in the sidebar, the tabs, the page's title and its icon.
import { released } from "../core/clicks.js";
import { ask } from "../core/requests.js";

const GAP = 1200;
const GAP_HIDDEN = 5000;

let last = 0;
let timer = 0;
const sidebar = () => document.querySelector("#sidebar");
const plainTitle = () => document.title.replace(/^\(\d+\+?\) /, "");

function setCounts(fresh) {
  const counts = new Map([...fresh.querySelectorAll("[data-count]")].map((node) => [node.dataset.count, node.textContent]));
  for (const node of document.querySelectorAll("[data-count]")) {
    const text = counts.get(node.dataset.count);
    if (text !== undefined && node.textContent !== text) node.textContent = text;
    if (node.classList.contains("badge")) node.hidden = !node.textContent;
  }
  sidebar().dataset.unread = fresh.dataset.unread;
  document.body.dispatchEvent(new CustomEvent("sidebar:counted"));
}

// What the sidebar offers, whatever its counts.
const shape = (node) => [...node.querySelectorAll("a[data-view]")].map((link) => link.dataset.view + link.textContent.replace(/\d+\+?\s*$/, "")).join();

// The whole of it when a number, a label or the theme changed, unless somebody is at work in it.
function take(html, isWhole) {
  const holder = document.createElement("template");
  holder.innerHTML = html; // escaped by the server's templates
  const fresh = holder.content.querySelector("#sidebar");
  if (!fresh) return;
  setCounts(fresh);
  const isBusy = sidebar().contains(document.activeElement) || sidebar().matches(":popover-open");
  if (isWhole) document.querySelector("[data-theme-switch]").replaceWith(fresh.querySelector("[data-theme-switch]"));
  else if (!isBusy && shape(fresh) !== shape(sidebar())) sidebar().querySelector(".scroll").replaceWith(fresh.querySelector(".scroll"));
  announce();
}

export function announce() {
  const count = Number(sidebar()?.dataset.unread ?? 0);
  const shownCount = count > 99 ? "99+" : String(count);
  document.title = count ? `(${shownCount}) ${plainTitle()}` : plainTitle();
  const icon = document.querySelector("[data-favicon]");
  if (!icon) return;
  icon.dataset.plain ??= icon.getAttribute("href");
  const wanted = count ? icon.dataset.unread : icon.dataset.plain;
  if (wanted && icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
  if (navigator.setAppBadge) (count ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}

async function refresh(isWhole = false) {
  if (!sidebar()) return;
  last = Date.now();
  const view = document.querySelector("#list")?.dataset.view ?? "open";
  const { state, text } = await ask(`/inbox/parts/sidebar/?view=${encodeURIComponent(view)}&next=${encodeURIComponent(location.pathname)}`);
  await released();
  if (state === "ok" && sidebar()) take(text, isWhole); // else live.js says why, and asks again when the line is back
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(refresh, Math.max(80, last + (document.hidden ? GAP_HIDDEN : GAP) - Date.now()));
}

for (const name of ["live:list", "live:resync", "main-pane:shown", "sidebar:read"]) document.body.addEventListener(name, schedule);
document.body.addEventListener("sidebar:refresh", (event) => refresh(event.detail?.whole));
document.body.addEventListener("main-pane:shown", announce);
announce();
