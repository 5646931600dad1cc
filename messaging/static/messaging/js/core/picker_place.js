// Where the picker appears.
export const isSeen = (node) => node?.isConnected && node.checkVisibility();

// Beside its opener, or what that belongs to, where there is room; a small screen shows it as a sheet.
export function placeBeside(box, opener) {
  const shown = [opener.closest("[data-picker-anchor]"), opener, opener.closest("details.drop"), document.getElementById("thread-header")];
  const anchor = shown.find(isSeen)?.getBoundingClientRect();
  if (!anchor) return;
  const isSelect = opener.dataset.source === "select"; // as wide as what it stands for
  box.style.setProperty("--width", isSelect ? `${Math.round(Math.max(320, anchor.width))}px` : opener.dataset.width ?? "20rem");
  const { width } = box.getBoundingClientRect();
  const below = innerHeight - anchor.bottom - 12;
  const above = anchor.top - 12;
  const isUp = below < 280 && above > below;
  const isRight = anchor.width < width && anchor.left + anchor.width / 2 > innerWidth / 2;
  const left = isRight ? anchor.right - width : anchor.left;
  box.style.setProperty("--x", `${Math.round(Math.min(Math.max(8, left), innerWidth - width - 8))}px`);
  box.style.setProperty("--top", isUp ? "auto" : `${Math.round(Math.min(anchor.bottom + 4, innerHeight - 200))}px`);
  box.style.setProperty("--bottom", isUp ? `${Math.round(innerHeight - anchor.top + 4)}px` : "auto");
  box.style.setProperty("--room", `${Math.round(Math.max(180, isUp ? above : below))}px`);
}
