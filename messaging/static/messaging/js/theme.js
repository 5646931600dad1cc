// Switches the theme at once and keeps it on the server, so that every device follows. One choice is
// sent after the other, so that the last one stays, also when the page is left meanwhile (keepalive).
import { post } from "./requests.js";

let sent = Promise.resolve();

document.addEventListener("submit", async (event) => {
  const form = event.target.closest?.("form[data-theme-switch]");
  if (!form) return;
  event.preventDefault();
  const theme = event.submitter.value;
  const body = new FormData(form, event.submitter);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const [light, dark] = document.querySelectorAll("meta[name=theme-color]");
  light.content = (theme === "dark" ? dark : light).dataset.own;
  dark.content = (theme === "light" ? light : dark).dataset.own;
  sent = sent.then(() => post(form.action, body, { keepalive: true, headers: { "X-Requested-With": "fetch" } }));
  await sent;
  document.body.dispatchEvent(new CustomEvent("rail:refresh", { detail: { whole: true } }));
});
