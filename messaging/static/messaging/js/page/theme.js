// Switches the theme at once and keeps it on the server, so that every device follows. One choice is
// sent after the other, so that the last one stays, also when the page is left meanwhile (keepalive).
import { post } from "../core/requests.js";

let sent = Promise.resolve();

export async function setTheme(theme) {
  const form = document.querySelector("form[data-theme-switch]");
  const body = new FormData(form);
  body.set("theme", theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const [light, dark] = document.querySelectorAll("meta[name=theme-color]");
  light.content = (theme === "dark" ? dark : light).dataset.own;
  dark.content = (theme === "light" ? light : dark).dataset.own;
  sent = sent.then(() => post(form.action, body, { keepalive: true, headers: { "X-Requested-With": "fetch" } }));
  await sent;
  document.body.dispatchEvent(new CustomEvent("sidebar:refresh", { detail: { whole: true } }));
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("form[data-theme-switch]")) return;
  event.preventDefault();
  setTheme(event.submitter.value);
});
