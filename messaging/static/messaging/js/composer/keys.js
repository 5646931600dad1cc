// Which keys send a text that is being written.

// A key that belongs to an input method is not ours: it chooses or confirms a character.
export const isOfInputMethod = ({ isComposing, keyCode }) => isComposing || keyCode === 229;

// Returns whether the key sends, by the person's own setting: "enter", or only with Ctrl or Command.
export function isSendKey(event, sendKey = document.body.dataset.sendKey) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey || isOfInputMethod(event)) return false;
  return event.ctrlKey || event.metaKey || sendKey === "enter";
}
