// Buttons with data-copy copy the field beside them; without a clipboard they stay away.
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = button.parentElement.querySelector("[data-copy-source]");
  source.addEventListener("focus", () => source.select());
  if (!navigator.clipboard) continue;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    source.select();
    await navigator.clipboard.writeText(source.value);
    button.textContent = "✓";
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}
