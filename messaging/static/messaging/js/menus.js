// <details class="drop"> closes when the person goes elsewhere, and on Escape, which gives the focus back.
const open = () => document.querySelectorAll("details.drop[open]");

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.drop[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.target.matches("input, select, textarea")) return;
  const items = [...menu.querySelectorAll(".menu :is(a, button):not([hidden], :disabled)")].filter((item) => item.offsetParent);
  if (!items.length) return;
  event.preventDefault();
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length].focus();
});

// Opens a menu whose own button is not shown where there is no room for it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  const menu = opener && document.getElementById(opener.dataset.opens);
  if (!menu) return;
  opener.closest("details.drop")?.removeAttribute("open");
  menu.open = true;
  menu.querySelector(".menu :is(input:not([type=hidden]), button)")?.focus();
});
