// How long an SMS is, by the tables that the page carries: the same answers as messaging/sms_text.py, which a
// test compares text by text.
const UNSENDABLE = /[\0\ud800-\udfff]/gu;
const MARKS = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const CJK_LETTERS = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]/;
const CJK_SIGNS = /^[\u3000-\u303f\uff00-\uffef]/;
const FRACTIONS = /^[¼½¾⅐-⅟↉]$/;
const SUPERSCRIPTS = new Set("ª²³¹ʰʲʳʷʸˡˢˣᴬᴭᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁᵂᵃᵇᵈᵉᵊᵍᵏᵐᵑᵒᵖᵗᵘᵛᶜᶞᶠᶻ⁰ⁱ⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ℠ⱽꟲꟳꟴꟸꟹ𐞃𐞕𐞢𐞥🅪🅫🅬");

const SAME_LOOK = new Set("\u037e\u2126\u212a\u212b");
const LETTERS_WITH_MARKS = /(?:[\u1100-\u11ff\uac00-\ud7a3]+|[^])\p{M}*/gu;

// Letters are composed only where nothing gets longer and the same is read.
function composed(letter) {
  for (const c of letter) if (!SAME_LOOK.has(c) && c.normalize("NFC") !== c) return letter;
  const result = letter.normalize("NFC");
  return result.length <= letter.length ? result : letter;
}

export function normalize(text) {
  const clean = text.replace(UNSENDABLE, "").replace(/\r\n?/g, "\n");
  return clean.normalize("NFC") === clean ? clean : clean.replace(LETTERS_WITH_MARKS, composed);
}

// `rules` as messaging/sms_text.py gives them: {basic, extended, limits, surcharge, plain, max_characters}.
export class SegmentCounter {
  constructor(rules) {
    this.rules = rules;
    this.most = rules.max_characters;
    this.basic = new Set(rules.basic);
    this.extended = new Set(rules.extended);
  }

  // Whether GSM-7 has the character.
  knows(character) {
    return this.basic.has(character) || this.extended.has(character);
  }

  // `room` is in units: what this number of segments holds.
  measure(text, callingCode = "") {
    const clean = normalize(text);
    const characters = [...clean];
    const offending = [...new Set(characters.filter((c) => !this.knows(c)))];
    const encoding = offending.length ? "UCS-2" : "GSM-7";
    let units = offending.length ? clean.length : characters.length + characters.filter((c) => this.extended.has(c)).length;
    if (clean) units += this.rules.surcharge[callingCode] ?? 0;
    const [one, many] = this.rules.limits[encoding];
    const segments = units <= one ? Math.min(units, 1) : Math.ceil(units / many);
    return { encoding, units, segments, room: Math.max(one, segments * many), offending, characters: characters.length };
  }

  plainReplacement(text) {
    const clean = normalize(text);
    const keepsSigns = CJK_LETTERS.test(clean);
    const pieces = [];
    let beforeIsPlain = true;
    let after = "";
    for (const character of clean) {
      if (MARKS.test(character)) {
        pieces.push(beforeIsPlain ? "" : character);
        continue;
      }
      const plain = keepsSigns && CJK_SIGNS.test(character) ? null : this.#plainForm(character, after);
      beforeIsPlain = plain !== null;
      after = plain ?? character;
      pieces.push(after);
    }
    return pieces.join("");
  }

  // The same in GSM-7; null where nothing says it.
  #plainForm(character, after) {
    if (this.knows(character)) return character;
    const { plain } = this.rules;
    if (character in plain) return plain[character];
    let form = "";
    for (const c of character.normalize("NFKD")) if (!/^\p{Mn}$/u.test(c)) form += plain[c] ?? c;
    if (!form || [...form].some((c) => !this.knows(c))) return null;
    if (/\p{Nd}$/u.test(after)) {
      if (FRACTIONS.test(character)) return ` ${form}`;
      if (SUPERSCRIPTS.has(character)) return `^${form}`;
    }
    return form;
  }
}
