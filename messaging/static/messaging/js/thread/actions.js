// What is clicked in the open conversation, and what follows when one of its small forms has done its work.
import { forget } from "../core/kept_forms.js";
import { loadOlder, toEnd } from "./log.js";
import { csrf, post } from "../core/requests.js";
import { toast, wordsFor } from "../core/toasts.js";

function clicked(event, thread) {
  const older = event.target.closest("[data-older-link]");
  if (older && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    loadOlder(thread.node, thread.log);
  }
  if (event.target.closest("[data-jump]")) {
    toEnd(thread.log);
    thread.offerJump(false);
    thread.log.focus({ preventScroll: true });
  }
  if (event.target.closest("[data-unread]")) thread.keepUnread();
  const repeat = event.target.closest("a.repeat");
  const found = repeat && document.querySelector(repeat.getAttribute("href"));
  if (found) {
    event.preventDefault(); // no entry in the history for a look further down
    found.scrollIntoView({ block: "center" });
    found.querySelector("a[data-details]")?.focus({ preventScroll: true });
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);
}

async function copyText(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    const field = document.createElement("textarea");
    field.value = button.dataset.copy;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
  toast({ text: button.dataset.done });
}

// Undo of a message that is held: the text comes back, and what was closed with it is open again.
async function submitted(event, thread) {
  const form = event.target.closest?.("[data-undo-send]");
  if (!form) return;
  event.preventDefault();
  const { state, answer } = await post(form.action, { revert: thread.composer.revertOf(form.dataset.undoSend) });
  if (state === "ok") {
    thread.composer.restore(answer.content);
    if ("says" in form.dataset) toast({ text: answer.text });
  } else toast({ text: answer.text ?? wordsFor(state), level: "error" });
  thread.refresh();
}

// `current` returns the thread on the page, null where there is none.
export function setUpActions(current) {
  // What is sent again goes on top of what its reader has seen by now.
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    if (current() && detail.elt.querySelector?.("[data-last-seen]")) detail.parameters.last_seen_id = current().composer.seenUpTo;
  });
  document.addEventListener("click", (event) => { if (current()) clicked(event, current()); });
  document.addEventListener("submit", (event) => { if (current()) submitted(event, current()); });
}

function shut(details) {
  if (!details) return;
  const hadFocus = details.contains(document.activeElement);
  details.open = false;
  if (hadFocus) details.querySelector("summary").focus();
}

// --- htmx: the token of this moment, and menus that close when their work is done --------------------------
document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-CSRFToken"] = csrf();
  if (detail.verb !== "get") detail.parameters.delete?.("csrfmiddlewaretoken");
});
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  // What was refused (422, 409) stays as it was typed.
  if (!detail.successful || detail.xhr.status >= 400) return;
  const form = detail.elt;
  const editor = form.dataset.closes && document.getElementById(form.dataset.closes);
  shut(form.closest("details.drop"));
  shut(editor);
  // What is done about a message takes its button away.
  if (form.contains(document.activeElement)) form.closest(".msg")?.querySelector("a[data-details]")?.focus();
  if (form.matches("form") && !editor) form.reset();
  if (form.matches("[data-kept]")) forget(form);
  if (form.matches("[data-closes-dialog]")) form.closest("dialog")?.close();
});
