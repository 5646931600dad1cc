// The personal settings: shows the theme at once, asks for the right to notify, sends a test.
import "./toasts.js";

const root = document.documentElement;
const state = document.querySelector("[data-notification-state]");
const say = (name) => { state.textContent = state.dataset[name]; };

for (const radio of document.querySelectorAll("[name=theme]")) {
  radio.addEventListener("change", () => {
    if (radio.value === "system") delete root.dataset.theme;
    else root.dataset.theme = radio.value;
  });
}

async function allowed() {
  if (!("Notification" in window) || !isSecureContext) { say("unsupported"); return false; }
  if ((await Notification.requestPermission()) !== "granted") { say("denied"); return false; }
  return true;
}

document.querySelector("[name=has_notifications]").addEventListener("change", async (event) => {
  if (event.target.checked && !(await allowed())) event.target.checked = false;
});

document.querySelector("[data-test-notification]").addEventListener("click", async () => {
  if (!(await allowed())) return;
  new Notification(state.dataset.title, { body: state.dataset.body, tag: "didsms-test", icon: document.querySelector("[data-favicon]").href });
  say("granted");
});
