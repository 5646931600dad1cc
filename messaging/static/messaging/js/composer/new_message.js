// A new conversation: the same counter as the composer's, and a text that this browser keeps until it is sent.
import { savedReplies } from "./choices.js";
import { setUpCounted } from "./counted_form.js";
import { isOfInputMethod } from "./keys.js";
import { setUpDialed } from "./recipient.js";
import { ask } from "../core/requests.js";
import { costInWords } from "./price.js";
import { showChosen } from "../core/select_picker.js";
import { setUpLater } from "./send_later.js";

const KEPT = ["sender", "phone", "name", "content", "client_id"];
const key = (form) => `didsms-new-${form.dataset.user}`;
const NUMBER = "didsms-number"; // the one of ours that was worked with last, in this tab
const digitsOf = (text) => text.replace(/\D/g, "").replace(/^00/, "");

function keep(form) {
  try {
    if (form.elements.content.value.trim()) localStorage.setItem(key(form), JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, form.elements[name].value]))));
    else localStorage.removeItem(key(form));
  } catch {
    // A full or forbidden storage: the page alone keeps it.
  }
}

function forget(form) {
  try {
    localStorage.removeItem(key(form));
  } catch {
    // Nothing was kept.
  }
}

export function rememberNumber(id) {
  try {
    sessionStorage.setItem(NUMBER, id);
  } catch {
    // The first of the list is offered then.
  }
}

// A person who writes to somebody new means the number of the conversation that was open, not the first of the alphabet.
function preferNumber(form) {
  const { sender, phone } = form.elements;
  if (form.hasAttribute("data-answered") || phone.value) return;
  let id = null;
  try {
    id = sessionStorage.getItem(NUMBER);
  } catch {
    return;
  }
  if ([...sender.options].some((option) => option.value === id)) sender.value = id;
}

// Into a form that is empty yet, or that names the same recipient; under its own id, so that a text whose answer was lost
// is no second message.
function takeUp(form) {
  if (form.hasAttribute("data-answered")) return;
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(key(form)) ?? "null");
  } catch {
    return;
  }
  const { sender, phone, content } = form.elements;
  if (!kept || content.value || (phone.value && digitsOf(phone.value) !== digitsOf(kept.phone))) return;
  for (const name of phone.value ? ["content", "client_id"] : KEPT) form.elements[name].value = kept[name] ?? "";
  if (!sender.value) sender.selectedIndex = 0; // a number that is theirs no more
}

// The saved replies of the number that sends, after "/". The contact's variables are filled in by the server: only the
// name that is typed here is known. Returns `values`, which gives what variables stand for.
function setUpReplies(form, { typed }) {
  const { sender, name, content } = form.elements;
  const facts = { canned: [], values: {} };
  const replies = savedReplies(form, { field: content, facts, typed });

  async function bring() {
    const id = sender.value;
    const asked = await ask(`${form.dataset.repliesUrl}?${new URLSearchParams({ sender: id })}`);
    if (asked.state === "ok" && sender.value === id) Object.assign(facts, JSON.parse(asked.text));
  }

  content.addEventListener("keydown", (event) => {
    if (isOfInputMethod(event) || !replies.key(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // a key for the list sends nothing
  });
  sender.addEventListener("change", bring);
  if (sender.value) bring();
  const called = () => name.value.trim();
  return { values: () => ({ ...facts.values, contact_name: called(), contact_first_name: called().split(/\s+/)[0] }) };
}

// The signature of the number that sends, shown under the text. Returns it.
function signatureOf(form) {
  const signature = JSON.parse(form.dataset.signatures)[form.elements.sender.value] ?? "";
  form.querySelector("[data-signature]").hidden = signature === "";
  form.querySelector("[data-signature-text]").textContent = signature;
  return signature;
}

// While a time is chosen, the button and Enter schedule.
function showWhatSends(form, isLater) {
  form.querySelector("[data-schedule]").value = isLater ? "1" : "";
  const words = form.querySelector("[data-send-words]");
  words.textContent = isLater ? words.dataset.later : words.dataset.now;
}

export function setUpNew() {
  const form = document.querySelector("[data-new-message]");
  if (!form || "ready" in form.dataset) return;
  form.dataset.ready = "";
  preferNumber(form);
  takeUp(form);
  showChosen(form);
  const dialed = setUpDialed(form, { shown: () => refresh() });
  const callingCode = () => {
    const { surcharge } = JSON.parse(form.dataset.rules);
    const digits = dialed.digits() || digitsOf(form.elements.phone.value);
    return Object.keys(surcharge).find((code) => digits.startsWith(code)) ?? "";
  };
  const { values } = setUpReplies(form, { typed: () => { keep(form); refresh(); } });
  const outgoing = () => ({ values: values(), signature: signatureOf(form) });
  const costOf = ({ segments }) => costInWords(form, dialed.price(), segments);
  const { button, refresh } = setUpCounted(form, { callingCode, outgoing, costOf, changed: () => keep(form) });
  const later = setUpLater(form, { toggled: (isLater) => showWhatSends(form, isLater) });
  form.addEventListener("submit", (event) => {
    if (!later.isOpen() || later.hasTime()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
  form.elements.name.addEventListener("input", refresh);
  form.elements.sender.addEventListener("change", refresh);
  form.addEventListener("input", () => keep(form));
  form.elements.phone.addEventListener("input", refresh);
  if (!form.hasAttribute("data-answered")) dialed.look(); // for a number or a sender that this browser kept
  form.addEventListener("htmx:beforeRequest", () => { button.disabled = true; });
  form.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.getResponseHeader("HX-Redirect")) forget(form);
    else refresh();
  });
  // A person who was quicker keeps the focus.
  if (!form.contains(document.activeElement)) (form.querySelector(".moved, [aria-invalid=true]") ?? form.querySelector("[autofocus], [data-focus-first]"))?.focus();
}
