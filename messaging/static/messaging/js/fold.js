// Lowercase and without accents, as the server's search compares.
export const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
