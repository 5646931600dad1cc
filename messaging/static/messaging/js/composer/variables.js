// {variables} of saved replies, filled with what is known of the contact; services/content/variables.py reads them in the same way.
const TOKEN = /\{\{([a-z][a-z0-9_]*(?:\|[^{}\n]*)?)\}\}|\{\{|\{([a-z][a-z0-9_]*)(?:\|([^{}\n]*))?\}/g;
const BRACES = /(\{+)(?:([a-z][a-z0-9_]*)(?:\|[^{}\n]*)?(\}\}?))?/g;
const isKnown = (values, name) => Object.hasOwn(values, name);

// The text that would be sent: filled once, "{{" is a brace, a name that is no variable is text.
export const fillVariables = (text, values) =>
  text.replace(TOKEN, (whole, escaped, name, fallback) => {
    if (name === undefined) return escaped === undefined ? "{" : `{${escaped}}`;
    if (!isKnown(values, name)) return whole;
    return values[name] || (fallback ?? whole);
  });

// What somebody writes for exactly this text.
const asWritten = (text, values) =>
  text.replace(BRACES, (whole, run, name, closing, at) => {
    const isLast = at + whole.length === text.length && name === undefined;
    if (run.length === 1 && !isLast && !(name !== undefined && isKnown(values, name))) return whole;
    return run + whole + (closing === "}}" ? "}" : "");
  });

// A saved reply as it is put into a field: what a value brings in is not filled again when it is sent.
export const putVariablesIn = (text, values) =>
  text.replace(TOKEN, (whole, escaped, name, fallback) => {
    if (name === undefined || !isKnown(values, name)) return whole;
    return values[name] ? asWritten(values[name], values) : (fallback ?? whole);
  });

// The names that have no value here and no fallback.
export const unfilled = (text, values) => {
  const found = [...text.matchAll(TOKEN)].filter(([, , name, fallback]) => name !== undefined && isKnown(values, name) && fallback === undefined && !values[name]);
  return [...new Set(found.map(([, , name]) => name))];
};
