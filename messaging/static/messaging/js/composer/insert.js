// Puts a text into a field through the editing command where there is one, so that Ctrl+Z takes it back.
export function insert(field, text, { start, end }) {
  field.focus();
  field.setSelectionRange(start, end);
  if (!document.execCommand?.("insertText", false, text)) field.setRangeText(text, start, end, "end");
}
