// What a click means before anybody handles it.

// Returns whether the link is followed here: not in another tab or window, and not by another button.
export const isPlain = (event) => !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
