// Changes a field under the hands of somebody who types on: what was typed since stays, and so does the caret.

// Takes a text out that was sent; what was typed since remains.
export function takeOut(area, text) {
  if (!area.value.startsWith(text)) return;
  const rest = area.value.slice(text.length);
  const kept = rest.replace(/^\s+/, "");
  const shift = area.value.length - kept.length;
  const [from, to] = [area.selectionStart, area.selectionEnd].map((place) => Math.max(0, place - shift));
  area.value = kept;
  area.setSelectionRange(from, to);
}

// Puts a text in the place of the one that was `sent`; what was typed since follows it.
export function putIn(area, { sent, text }) {
  const since = area.value.startsWith(sent) ? area.value.slice(sent.length) : `\n\n${area.value}`;
  const shift = text.endsWith(sent) ? text.length - sent.length : 0;
  const [from, to] = [area.selectionStart + shift, area.selectionEnd + shift];
  area.value = text + since;
  area.setSelectionRange(from, to);
}
