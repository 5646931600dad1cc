// A new conversation: the same counter as the composer's.
import { counterOf, showMeasure } from "./counting.js";

export function setUpNew() {
  const form = document.querySelector("[data-new-message]");
  if (!form || form.dataset.ready) return;
  form.dataset.ready = "";
  const field = form.querySelector("[data-counted]");
  const button = form.querySelector(".choices .primary");
  const digits = () => form.elements.phone.value.replace(/\D/g, "").replace(/^00/, "");
  const refresh = () => {
    const { surcharge } = JSON.parse(form.dataset.rules);
    const callingCode = Object.keys(surcharge).find((code) => digits().startsWith(code)) ?? "";
    const measured = showMeasure(form, { text: field.value, callingCode });
    button.disabled = measured.characters > counterOf(form).most;
  };
  field.addEventListener("input", refresh);
  form.elements.phone.addEventListener("input", refresh);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit(button);
    }
  });
  form.addEventListener("submit", () => setTimeout(() => { button.disabled = true; }));
  form.querySelector("[data-plain]").addEventListener("click", () => {
    field.value = counterOf(form).plainReplacement(field.value);
    refresh();
    field.focus();
  });
  refresh();
  form.querySelector("[autofocus]")?.focus(); // the browser does so once a page, for the first form alone
}
