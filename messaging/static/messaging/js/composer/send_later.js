// The part of the composer in which a time to send at is chosen.
// `toggled` is called with whether it is open: then "Send" schedules.
export function setUpLater(form, { toggled }) {
  const part = form.querySelector("[data-later]");
  const when = form.elements.when;
  const isOpen = () => part.hasAttribute("data-open");

  function toggle(on) {
    part.toggleAttribute("data-open", on);
    for (const button of form.querySelectorAll("[data-open-later]")) button.setAttribute("aria-expanded", String(on));
    if (on) when.focus();
    else when.value = "";
    toggled(on);
  }

  // Returns whether there is a time; where it is missing, it is asked for.
  function hasTime() {
    if (when.value.trim()) return true;
    when.focus();
    return false;
  }

  form.addEventListener("click", (event) => {
    const target = event.target.closest("button");
    if (!target) return;
    if (target.matches("[data-open-later]")) {
      target.closest("details")?.removeAttribute("open");
      toggle(!isOpen());
    } else if (target.matches("[data-close-later]")) {
      toggle(false);
      (form.elements.reply ?? form.elements.content).focus();
    } else if (target.matches("[data-preset]")) {
      when.value = target.dataset.preset;
      when.dispatchEvent(new Event("input", { bubbles: true }));
      form.querySelector("[data-send], [data-counted-send]").focus();
    }
  });
  if (isOpen()) toggled(true);
  return { close: () => toggle(false), hasTime, isOpen };
}
