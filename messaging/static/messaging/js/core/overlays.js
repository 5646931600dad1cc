// Where the screen is small, a panel, a drawer or a dialog is a place of its own: "back" closes it and stays on the page.
const isSmall = matchMedia("(width < 62rem)");

let close = null;
let isGoingBack = false;

export function opened(closeIt) {
  if (!isSmall.matches || close) return;
  close = closeIt;
  history.pushState({ ...history.state, isOverlay: true }, "");
}

// It was closed by other means than "back".
export function closed() {
  if (!close) return;
  close = null;
  if (history.state?.isOverlay) {
    isGoingBack = true;
    history.back();
  }
}

// Somebody follows a link out of it: its entry in the history becomes that page's.
export function absorb() {
  close = null;
}

// Returns whether "back" was for one.
export function wentBack() {
  if (isGoingBack) {
    isGoingBack = false;
    return true;
  }
  const closeIt = close;
  close = null;
  closeIt?.();
  return closeIt !== null;
}
