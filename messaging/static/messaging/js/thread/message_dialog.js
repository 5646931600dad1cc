// Everything about one message, in a dialog; the same address is a page without this script.
import { setUpCounted } from "../composer/counted_form.js";
import { takeUpForms } from "../core/kept_forms.js";
import { closed, opened } from "../core/overlays.js";
import { fillVariables } from "../composer/variables.js";

const dialog = () => document.getElementById("message-dialog");

// The form that changes a scheduled text, wherever it stands.
function setUpChange() {
  const form = document.querySelector(".reschedule:not([data-counts])");
  if (!form) return;
  form.dataset.counts = "";
  takeUpForms();
  const { callingCode, values } = form.dataset;
  const fill = (text) => fillVariables(text, JSON.parse(values));
  setUpCounted(form, { callingCode: () => callingCode, fill });
}

async function open(href, { edits = false } = {}) {
  if (!dialog() || !window.htmx) { location.assign(href); return; }
  await htmx.ajax("GET", href, { target: "#message-dialog-body", swap: "innerHTML", source: "#message-dialog-body" });
  setUpChange();
  if (!dialog().open) {
    dialog().showModal();
    opened(() => dialog()?.close());
    dialog().addEventListener("close", closed, { once: true });
  }
  if (edits) dialog().querySelector(".reschedule textarea")?.focus();
}

export function setUpDialogs() {
  setUpChange();
  document.body.addEventListener("desk:shown", setUpChange);
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest("a[data-details]");
    if (link && dialog()) {
      event.preventDefault();
      open(link.getAttribute("href").split("#")[0], { edits: "editSchedule" in link.dataset });
      return;
    }
    const bubble = event.target.closest("[data-bubble]");
    if (bubble && !event.target.closest("a") && getSelection().isCollapsed && dialog()) {
      open(bubble.closest(".msg").querySelector("a[data-details]")?.getAttribute("href") ?? `/messages/${bubble.closest(".msg").dataset.message}/`);
      return;
    }
    if (event.target.closest("[data-close-dialog]") && dialog()?.open) {
      event.preventDefault();
      dialog().close();
    } else if (event.target === dialog()) dialog().close();
  });
}
