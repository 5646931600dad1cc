// {variables} of saved replies: filled with what is known of the contact.
const VARIABLE = /\{([a-z][a-z0-9_]*)\}/g;

export const fillVariables = (text, values) => text.replace(VARIABLE, (whole, name) => values[name] || whole);

// The names that stand in a text still; what no saved reply knows is the writer's own text.
export const unfilled = (text, known) => [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1]))].filter((name) => name in known);
