// Switches the theme at once and keeps it on the server, so that every device follows.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest?.("form[data-theme-switch]");
  if (!form) return;
  event.preventDefault();
  const theme = event.submitter.value;
  const body = new FormData(form, event.submitter);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => {});
  document.body.dispatchEvent(new CustomEvent("rail:refresh", { detail: { whole: true } }));
});
