// The contact panel: beside the thread on a wide screen (and stays shut when shut), a drawer on a narrow one.
import { closed, opened } from "../core/overlays.js";

const KEY = "didsms-panel-shut";
const isWide = matchMedia("(width >= 85rem)");
const panel = () => document.getElementById("details");
const toggle = () => document.getElementById("toggle-details");

const isShut = () => { try { return localStorage.getItem(KEY) === "1"; } catch { return false; } };
const keepShut = (shut) => { try { localStorage.setItem(KEY, shut ? "1" : "0"); } catch { /* forgets it on the next page */ } };
const isShown = () => (isWide.matches ? !panel().hasAttribute("data-shut") : panel().hasAttribute("data-drawn"));

export function showPanelState() {
  if (!panel()) return;
  panel().toggleAttribute("data-shut", isShut());
  toggle()?.setAttribute("aria-expanded", String(isShown()));
}

function show(on) {
  if (isWide.matches) {
    keepShut(!on);
    panel().toggleAttribute("data-shut", !on);
  } else {
    panel().toggleAttribute("data-drawn", on);
    if (on) opened(() => show(false));
    else closed();
  }
  toggle()?.setAttribute("aria-expanded", String(on));
  if (on) panel().querySelector("[data-close-details]").focus();
  else toggle()?.focus();
}

export function setUpPanel() {
  document.addEventListener("click", (event) => {
    if (!panel()) return;
    if (event.target.closest("[data-toggle-details]")) { event.preventDefault(); show(!isShown()); }
    else if (event.target.closest("[data-close-details]")) { event.preventDefault(); show(false); }
    else if (!isWide.matches && isShown() && !panel().contains(event.target) && event.target.isConnected && !event.target.closest("#picker")) show(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel() && !isWide.matches && isShown() && !event.defaultPrevented) show(false);
    if ((event.key === "Enter" || event.key === " ") && event.target.matches?.("a[role=button]")) { event.preventDefault(); event.target.click(); }
  });
  isWide.addEventListener("change", showPanelState);
}
