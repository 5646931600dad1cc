// Adds a passkey, or signs in with one. The buttons stay away where the browser knows no passkeys.
import { csrf } from "../core/requests.js";

const isSupported = isSecureContext && "PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential;

// The person gave up, has nothing that fits, or has it already.
const CANCELED = new Set(["NotAllowedError", "AbortError", "InvalidStateError"]);

async function post(url, fields) {
  const response = await fetch(url, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": csrf() },
    body: new URLSearchParams(fields),
  });
  return response.json();
}

async function make(kind, options) {
  if (kind === "add") return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

async function use(form) {
  const { kind, options, canceled, failed } = form.dataset;
  const say = (text) => { form.querySelector("[data-passkey-state]").textContent = text; };
  say("");
  const fields = Object.fromEntries(new FormData(form));
  try {
    const asked = await post(options, fields);
    if (asked.page) return location.assign(asked.page); // the password first
    const credential = await make(kind, asked.options);
    const answer = await post(form.action, { ...fields, token: asked.token, answer: JSON.stringify(credential) });
    const then = answer.ok && document.getElementById(form.dataset.then);
    if (then) return then.submit(); // as it is: the passkey was enough
    if (answer.ok || answer.page) return location.assign(answer.page);
    return say(answer.text ?? failed);
  } catch (error) {
    return say(CANCELED.has(error.name) ? canceled : failed);
  }
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  if (!isSupported) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    use(form);
  });
}
