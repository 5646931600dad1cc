// Changes a field under the hands of somebody who types on: what was typed since stays, and so does the caret.
import { withMerged, withoutSent } from "./draft_merge.js";

const fieldOf = ({ value, selectionStart, selectionEnd }) => ({ text: value, start: selectionStart, end: selectionEnd });

function show(area, { text, start, end }) {
  if (area.value === text) return;
  area.value = text;
  area.setSelectionRange(start, end);
}

// Takes a text out that was sent.
export const takeOut = (area, sent) => show(area, withoutSent(fieldOf(area), sent));

// Puts what the server merged in the place of what was `sent` to it.
export const putIn = (area, { sent, text }) => show(area, withMerged(fieldOf(area), { sent, merged: text }));
