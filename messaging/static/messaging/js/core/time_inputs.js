// Under a field for a time: how it is understood, in whose zone, and whether it is night for the contact. Beside it the
// browser's own field for date and time: each follows the other.
import { ask } from "./requests.js";

const WAIT = 180;
let timer = 0;
const natives = new WeakMap();
const nativeOf = (input) => natives.get(input);

// Says beside the field how its text is understood, and returns the instant; null when it is not, or nobody knows.
export async function explain(input) {
  const output = input.closest("form, fieldset").querySelector(".understood") ?? input.nextElementSibling;
  const text = input.value.trim();
  clearTimeout(timer);
  output.classList.remove("wrong");
  const native = nativeOf(input);
  if (!text) {
    output.textContent = "";
    if (native) native.value = "";
    return null;
  }
  const asked = await ask(`${input.dataset.timeInput}?${new URLSearchParams({ when: text })}`);
  if (asked.state === "offline") output.textContent = "";
  if (asked.state !== "ok" || input.value.trim() !== text) return null;
  const answer = JSON.parse(asked.text);
  output.textContent = answer.text;
  output.classList.toggle("wrong", !answer.ok);
  if (native && native !== document.activeElement) native.value = answer.local ?? "";
  if (answer.night) {
    const warning = document.createElement("span");
    warning.className = "night";
    warning.textContent = ` ${answer.night}`;
    output.append(warning);
  }
  return answer.ok ? answer.value : null;
}

document.addEventListener("input", (event) => {
  const input = event.target.closest?.("[data-time-input]");
  if (!input) return;
  clearTimeout(timer);
  timer = setTimeout(() => explain(input), WAIT);
});

// --- The browser's own field -------------------------------------------------------------------------
function pair(input) {
  const native = document.createElement("input");
  Object.assign(native, { type: "datetime-local", className: "input native-time" });
  native.setAttribute("aria-label", document.body.dataset.wordsPickTime);
  native.dataset.local = "";
  natives.set(input, native);
  input.dataset.paired = "";
  input.after(native);
  native.addEventListener("input", () => {
    input.value = native.value.replace("T", " ");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  if (input.value) explain(input);
}

function pairAll() {
  for (const input of document.querySelectorAll("[data-time-input]:not([data-paired])")) pair(input);
}

if (document.body.dataset.wordsPickTime) {
  pairAll();
  // Menus, dialogs and threads come later.
  new MutationObserver(pairAll).observe(document.body, { childList: true, subtree: true });
}
