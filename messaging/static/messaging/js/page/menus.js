import { closed, opened } from "../core/overlays.js";

// <details class="drop"> closes when the person goes elsewhere, and on Escape, which gives the focus back; so does an
// editor, <details class="edit">. Escape is for the innermost part alone: the one that takes it prevents its default.
const open = () => document.querySelectorAll("details.drop[open]");

// A menu is as high as the room on its side; the rest of it scrolls.
document.addEventListener("toggle", ({ target }) => {
  if (!target.open || !target.matches("details.drop")) return;
  const menu = target.querySelector(":scope > .menu");
  const { top, bottom } = menu.getBoundingClientRect(); // one of them does not move with its height
  const room = target.matches(".up") ? bottom : innerHeight - top;
  menu.style.setProperty("--room", `${Math.max(96, room - 12)}px`);
}, true);

// The picker belongs to the menu that it was opened from.
function leave({ target }) {
  if (target.closest?.("#picker")) return;
  for (const menu of open()) if (!menu.contains(target)) menu.open = false;
}
document.addEventListener("click", leave);
document.addEventListener("focusin", leave);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
  const part = event.target.closest?.("details:is(.drop, .edit)[open]") ?? [...open()].at(-1);
  if (!part) return;
  event.preventDefault();
  part.open = false;
  part.querySelector("summary").focus();
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.drop[open]");
  if (!menu) return;
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.target.matches("input, select, textarea")) return;
  const items = [...menu.querySelectorAll(".menu :is(a, button):not([hidden], :disabled)")].filter((item) => item.offsetParent);
  if (!items.length) return;
  event.preventDefault();
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length].focus();
});

// The drawer of a small screen.
const sidebar = document.getElementById("sidebar");
sidebar?.addEventListener("toggle", (event) => {
  if (event.newState === "open") opened(() => sidebar.hidePopover());
  else closed();
});

// Which groups of the sidebar are folded: the server renders them so on the next page. The names end nowhere in another's.
document.addEventListener("toggle", ({ target }) => {
  if (!target.matches("[data-fold]")) return;
  const folded = [...document.querySelectorAll("[data-fold]:not([open])")].map((group) => group.dataset.fold);
  document.cookie = `folded=${folded.join(".")}; path=/; max-age=31536000; samesite=lax`;
}, true);
