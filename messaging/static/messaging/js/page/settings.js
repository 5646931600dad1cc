// The personal settings: shows the theme at once, asks for the right to notify, sends a test.
import "../core/toasts.js";

const root = document.documentElement;
const state = document.querySelector("[data-notification-state]");
const box = document.querySelector("[name=has_notifications]");
const test = document.querySelector("[data-test-notification]");
const isSupported = "Notification" in window && isSecureContext;
const say = (name) => { state.textContent = name ? state.dataset[name] : ""; };

for (const radio of document.querySelectorAll("[name=theme]")) {
  radio.addEventListener("change", () => {
    if (radio.value === "system") delete root.dataset.theme;
    else root.dataset.theme = radio.value;
  });
}

// While the browser refuses, the box can't be ticked here. What it says for the person's other browsers stays.
function followPermission() {
  const isRefused = !isSupported || Notification.permission === "denied";
  box.disabled = isRefused;
  test.disabled = isRefused;
  const kept = box.form.querySelector("input[type=hidden][name=has_notifications]");
  if (isRefused && box.checked && !kept) {
    const copy = document.createElement("input");
    Object.assign(copy, { type: "hidden", name: box.name, value: "on" });
    box.form.append(copy);
  } else if (!isRefused) kept?.remove();
  if (isRefused) say(isSupported ? "denied" : "unsupported");
  else if (state.textContent === state.dataset.denied) say("");
}

async function allowed() {
  const isAllowed = (await Notification.requestPermission()) === "granted";
  followPermission();
  if (!isAllowed) say("denied");
  return isAllowed;
}

box.addEventListener("change", async () => {
  if (box.checked && !(await allowed())) box.checked = false;
});

test.addEventListener("click", async () => {
  if (!(await allowed())) return;
  new Notification(state.dataset.title, { body: state.dataset.body, tag: "didsms-test", icon: document.querySelector("[data-favicon]").href });
  say("granted");
});

followPermission();
const permission = await navigator.permissions?.query({ name: "notifications" });
permission?.addEventListener("change", followPermission);
