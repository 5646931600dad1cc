// A form with one text that is counted while it is written, sent by the person's own key, and made plain on request.
import { counterOf, showMeasure } from "./counter.js";
import { isSendKey } from "./keys.js";

// `callingCode()` of the recipient; `outgoing()` gives {values, signature} of the text that would be sent; `changed()` is
// told of a change that was not typed, `costOf` says what the text costs. Returns {button, refresh}.
export function setUpCounted(form, { callingCode, outgoing, costOf, changed = () => {} }) {
  const field = form.querySelector("[data-counted]");
  const button = form.querySelector("[data-counted-send]");

  function refresh() {
    const measured = showMeasure(form, { text: field.value, ...outgoing(), callingCode: callingCode(), costOf });
    button.disabled = measured.characters > counterOf(form).most;
  }

  field.addEventListener("input", refresh);
  field.addEventListener("keydown", (event) => {
    if (!isSendKey(event)) return;
    event.preventDefault();
    if (!event.repeat && !button.disabled) form.requestSubmit(button);
  });
  form.querySelector("[data-plain]").addEventListener("click", () => {
    field.value = counterOf(form).plainReplacement(field.value);
    changed();
    refresh();
    field.focus();
  });
  refresh();
  return { button, refresh };
}
