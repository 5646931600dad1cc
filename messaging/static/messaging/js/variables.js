// {variables} of saved replies: filled with what is known of the contact.
const VARIABLE = /\{([a-z][a-z0-9_]*)\}/g;

export const fillVariables = (text, values) => text.replace(VARIABLE, (whole, name) => values[name] || whole);

// The names that stand in a text still, misspelt ones too: nobody writes {such_a_word} to a contact on purpose.
export const unfilled = (text) => [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1]))];
