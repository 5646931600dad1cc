// Under the field for a recipient: the number that is dialed and its country, or the numbers that may be meant.
import "../core/flags.js";
import { ask } from "../core/requests.js";

const WAIT = 180;

// `shown` is called when the number that is dialed was looked up. Returns `digits`, of that number, `price` of a segment
// to it ("" where it is not known), and `look`.
export function setUpDialed(form, { shown }) {
  const part = form.querySelector("#dialed");
  const { phone, sender } = form.elements;
  let timer = 0;

  async function look() {
    clearTimeout(timer);
    const asked = { sender: sender.value, phone: phone.value };
    const answer = await ask(`${part.dataset.url}?${new URLSearchParams(asked)}`);
    if (answer.state !== "ok" || phone.value !== asked.phone || sender.value !== asked.sender) return;
    part.replaceChildren(...new DOMParser().parseFromString(answer.text, "text/html").body.childNodes);
    shown();
  }

  // What is shown belongs to the text before: nothing of it may be sent with another one.
  function changed() {
    part.querySelector("[name=dials]")?.remove();
    phone.removeAttribute("aria-invalid");
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  }

  function choose(number) {
    phone.value = number;
    phone.dispatchEvent(new Event("input", { bubbles: true }));
    look();
    const { content } = form.elements;
    (content.value.trim() ? form.querySelector("[data-counted-send]") : content).focus();
  }

  phone.addEventListener("input", changed);
  sender.addEventListener("change", changed);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    event.preventDefault();
    choose(button.dataset.choose);
  });
  const shownFact = (name) => part.querySelector("[data-dials]")?.dataset[name] ?? "";
  return { digits: () => shownFact("dials"), price: () => shownFact("price"), look };
}
