// Lowercase and without accents, as the server's search compares; also ø as o, ß as ss, katakana as hiragana.
const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", þ: "th", ł: "l", ı: "i", ς: "σ" };
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "gu");

const toHiragana = (letter) => String.fromCodePoint(letter.codePointAt(0) - 0x60);

export const fold = (text) =>
  text.normalize("NFKD").replace(/[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]/g, "").toLowerCase()
    .replace(SPECIAL, (letter) => LETTERS[letter]).replace(/[\u30a1-\u30f6]/g, toHiragana);
