// "Save this text as a reply": the form of its page in a dialog, with the composer's text in it.
import { isPlain } from "../core/clicks.js";
import { closed, opened } from "../core/overlays.js";
import { ask, post } from "../core/requests.js";
import { toast, wordsFor } from "../core/toasts.js";

const dialog = document.getElementById("reply-dialog");

async function open(link) {
  const { state, text } = await ask(link.href, { headers: { "HX-Request": "true" } });
  if (state !== "ok") { toast({ text: wordsFor(state), level: "error" }); return; }
  dialog.querySelector(".body").innerHTML = text; // escaped by the server's templates
  const { content } = dialog.querySelector("form[data-reply-form]").elements;
  content.value = document.getElementById("reply")?.value ?? "";
  link.closest("details.drop")?.removeAttribute("open");
  dialog.showModal();
  opened(() => dialog.close());
  dialog.addEventListener("close", closed, { once: true });
}

async function save(form) {
  const { state, answer } = await post(form.action, new FormData(form));
  for (const line of form.querySelectorAll("[data-error-of]")) {
    line.textContent = answer.errors?.[line.dataset.errorOf] ?? "";
    line.hidden = !line.textContent;
  }
  if (state === "refused" && answer.errors) { form.querySelector("[data-error-of]:not([hidden])")?.scrollIntoView({ block: "nearest" }); return; }
  if (state !== "ok") { toast({ text: wordsFor(state), level: "error" }); return; }
  dialog.close();
  toast({ text: answer.text });
  document.querySelector("[data-composer]")?.dispatchEvent(new CustomEvent("reply:saved", { detail: answer.reply }));
}

if (dialog) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-save-reply]");
    if (!link || !isPlain(event)) return;
    event.preventDefault();
    open(link);
  });
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close-reply]")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-reply-form]")) return;
    event.preventDefault();
    save(event.target);
  });
}
