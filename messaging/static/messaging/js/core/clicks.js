// What a click means before anybody handles it, and that none is lost.

// Returns whether the link is followed here: not in another tab or window, and not by another button.
export const isPlain = (event) => !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

// A click is lost when what is under the pointer is replaced between press and release: what comes by itself waits.
const LONGEST_PRESS = 30000; // the release may happen where the page does not hear of it
let press = null;
let end = null;
let timer = 0;

function begin() {
  if (press) return;
  press = new Promise((done) => { end = done; });
  timer = setTimeout(release, LONGEST_PRESS);
}

function release() {
  clearTimeout(timer);
  end?.();
  press = end = null;
}

addEventListener("pointerdown", begin, true);
// The click comes right after the release.
for (const name of ["pointerup", "pointercancel", "dragend"]) addEventListener(name, () => setTimeout(release), true);
addEventListener("blur", release); // of the window: a press itself takes the focus from one part of the page to another

// Resolves when nothing is pressed.
export const released = async () => press;
