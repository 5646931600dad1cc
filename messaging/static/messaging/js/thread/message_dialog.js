// Everything about one message, in a dialog; the same address is a page without this script.
import { setUpCounted } from "../composer/counted_form.js";
import { costInWords } from "../composer/price.js";
import { isPlain } from "../core/clicks.js";
import { takeUpForms } from "../core/kept_forms.js";
import { closed, opened } from "../core/overlays.js";

const dialog = () => document.getElementById("message-dialog");

// The form that changes a scheduled text, wherever it is shown.
function setUpChange() {
  const form = document.querySelector(".reschedule:not([data-counts])");
  if (!form) return;
  form.dataset.counts = "";
  takeUpForms();
  const { callingCode, price, values, signature } = form.dataset;
  const outgoing = { values: JSON.parse(values), signature };
  const costOf = ({ segments }) => costInWords(form, price, segments);
  setUpCounted(form, { callingCode: () => callingCode, outgoing: () => outgoing, costOf });
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

// Returns whether the click was on a message, or on the link to its details.
function opens(event) {
  const link = event.target.closest("a[data-details]");
  if (link) {
    event.preventDefault();
    open(link.getAttribute("href").split("#")[0], { edits: "editSchedule" in link.dataset });
    return true;
  }
  const message = event.target.closest("[data-bubble]")?.closest(".msg");
  if (!message || event.target.closest("a") || !getSelection().isCollapsed) return false;
  open(message.querySelector("a[data-details]")?.getAttribute("href") ?? `/messages/${message.dataset.message}/`);
  return true;
}

function closes(event) {
  if (event.target.closest("[data-close-dialog]") && dialog().open) {
    event.preventDefault();
    dialog().close();
  } else if (event.target === dialog()) dialog().close();
}

export function setUpDialogs() {
  setUpChange();
  document.body.addEventListener("main-pane:shown", setUpChange);
  document.addEventListener("click", (event) => {
    if (!dialog() || !isPlain(event)) return;
    if (!opens(event)) closes(event);
  });
}
