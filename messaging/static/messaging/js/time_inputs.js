// Under a field for a time: how it is understood, in whose zone, and whether it is night for the contact.
import { ask } from "./requests.js";

const WAIT = 180;
let timer = 0;

// Says beside the field how its text is understood, and returns the instant; null when it is not, or nobody knows.
export async function explain(input) {
  const output = input.closest("form, fieldset").querySelector(".understood") ?? input.nextElementSibling;
  const text = input.value.trim();
  clearTimeout(timer);
  output.classList.remove("wrong");
  if (!text) { output.textContent = ""; return null; }
  const asked = await ask(`${input.dataset.timeInput}?${new URLSearchParams({ when: text })}`);
  if (asked.state === "offline") output.textContent = "";
  if (asked.state !== "ok" || input.value.trim() !== text) return null;
  const answer = JSON.parse(asked.text);
  output.textContent = answer.text;
  output.classList.toggle("wrong", !answer.ok);
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
