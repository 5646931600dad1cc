// What a field holds where several texts of one person meet in it: nothing that somebody wrote is lost or doubled.
// Without the page: `field` is {text, start, end}, a text with its selection.

const beneath = (first, second) => `${first}\n\n${second}`;

// When a composer opens: `present` is the server's text, `kept` what this browser kept while it believed that the server
// had `before`. Where the server has another text since, from another device, both are there.
export function takenUp(present, kept, before) {
  if (!kept || present.includes(kept)) return present;
  const isOlder = !present.trim() || present === before || kept.includes(present);
  return isOlder ? kept : beneath(present, kept);
}

// When a text was sent: what was typed since remains.
export function withoutSent(field, sent) {
  if (!field.text.startsWith(sent)) return field;
  const text = field.text.slice(sent.length).replace(/^\s+/, "");
  const gone = field.text.length - text.length;
  return { text, start: Math.max(0, field.start - gone), end: Math.max(0, field.end - gone) };
}

// When the server put together what the composer had `sent` and what another tab or device wrote: what was typed since
// follows it.
export function withMerged(field, { sent, merged }) {
  const since = field.text.startsWith(sent) ? field.text.slice(sent.length) : `\n\n${field.text}`;
  const more = merged.endsWith(sent) ? merged.length - sent.length : 0;
  return { text: merged + since, start: field.start + more, end: field.end + more };
}

// When a message was taken back: its text is in front of what was written since.
export const takenBack = (text, present) => (present.trim() ? beneath(text, present) : text);
