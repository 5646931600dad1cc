// The part of the composer in which a time to send at is chosen.
export function setUpLater(form) {
  const part = form.querySelector("[data-later]");
  const when = form.elements.when;
  const isOpen = () => part.hasAttribute("data-open");

  function toggle(on) {
    part.toggleAttribute("data-open", on);
    for (const button of form.querySelectorAll("[data-open-later]")) button.setAttribute("aria-expanded", String(on));
    if (on) when.focus();
    else when.value = "";
  }

  form.addEventListener("click", (event) => {
    const target = event.target.closest("button");
    if (!target) return;
    if (target.matches("[data-open-later]")) {
      target.closest("details")?.removeAttribute("open");
      toggle(!isOpen());
    } else if (target.matches("[data-close-later]")) {
      toggle(false);
      form.elements.reply.focus();
    } else if (target.matches("[data-preset]")) {
      when.value = target.dataset.preset;
      when.dispatchEvent(new Event("input", { bubbles: true }));
      form.querySelector("[data-schedule]").focus();
    }
  });
  return { close: () => toggle(false), isOpen, isChosen: () => isOpen() && when.value.trim() !== "" };
}
