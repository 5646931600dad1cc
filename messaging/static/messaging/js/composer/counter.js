// The counter under a text: units, segments, encoding, cost, and which characters made it Unicode.
import { outgoingText, signed } from "./outgoing_text.js";
import { SegmentCounter } from "./segments.js";

const SHOWN = 12; // so many culprits are listed
const FEW = 3; // an emoji or two in a text that is plain otherwise

const cache = new Map();
export function counterOf(form) {
  const text = form.dataset.rules;
  if (!cache.has(text)) cache.set(text, new SegmentCounter(JSON.parse(text)));
  return cache.get(text);
}

const element = (tag, text, className = "") => {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) node.className = className;
  return node;
};

function showCount(output, { measured, most, words, cost }) {
  const over = measured.characters - most;
  output.replaceChildren();
  if (over > 0) {
    output.append(element("b", `${measured.characters}/${most}`), ` · ${words.over.replace("%d", over)}`);
  } else {
    const segments = (measured.segments === 1 ? words.segment : words.segments).replace("%d", measured.segments);
    output.append(element("b", `${measured.units}/${measured.room}`), element("span", ` · ${segments}`, "opt-2"));
    output.append(element("span", ` · ${measured.encoding === "GSM-7" ? "GSM-7" : "Unicode"}`, "opt"));
    if (!measured.units) { output.lastChild.remove(); output.lastChild.remove(); }
    if (cost) output.append(element("span", ` · ${cost}`, "opt"));
  }
  output.classList.toggle("over", over > 0);
  output.classList.toggle("warn", over <= 0 && (measured.segments > 1 || measured.encoding !== "GSM-7"));
}

// Whom it helps to know: where plain characters do as well, or a few signs alone make the difference. A text in Chinese
// or Arabic is Unicode by nature.
function culpritsOf(text, count, measured, outgoing) {
  if (!measured.offending.length) return { isShown: false, canBePlainer: false };
  const { offending: rest } = count.measure(outgoingText(count.plainReplacement(text), outgoing));
  return { isShown: rest.length <= FEW, canBePlainer: rest.length < measured.offending.length };
}

function showCulprits(form, { isShown, canBePlainer }, measured, words) {
  const box = form.querySelector("[data-culprits]");
  box.hidden = !isShown;
  form.querySelector("[data-plain]").hidden = !canBePlainer;
  if (box.hidden) return;
  form.querySelector("[data-culprit-words]").textContent = words.culprits;
  const shown = measured.offending.slice(0, SHOWN).join("");
  const rest = measured.offending.length - SHOWN;
  form.querySelector("[data-culprit-list]").textContent = rest > 0 ? `${shown} ${words.more.replace("%d", rest)}` : shown;
}

// The text behind the field, with the culprits and what is too much marked.
function showEcho(echo, text, count, measured, { isShown, most }) {
  echo.replaceChildren();
  if (!isShown && measured.characters <= count.most) {
    echo.textContent = `${text}\n`;
    return;
  }
  let plain = "";
  let index = 0;
  const flush = () => { if (plain) echo.append(plain); plain = ""; };
  for (const character of text) {
    index += 1;
    if (index > most) {
      flush();
      echo.append(element("span", [...text].slice(index - 1).join(""), "over"));
      break;
    }
    if (!isShown || count.knows(character) || character === "\r") plain += character;
    else {
      flush();
      echo.append(element("mark", character));
    }
  }
  flush();
  echo.append("\n");
}

const wordsOf = ({ dataset }) => ({
  segment: dataset.wordsSegment,
  segments: dataset.wordsSegments,
  over: dataset.wordsOver,
  culprits: dataset.wordsCulprits,
  more: dataset.wordsMore,
});

// Counts what will be sent of a field's text: with its variables filled, and with the signature.
export function showMeasure(form, { text, values = {}, signature = "", callingCode = "", costOf = () => "" }) {
  const count = counterOf(form);
  const outgoing = { values, signature };
  const measured = count.measure(outgoingText(text, outgoing), callingCode);
  const words = wordsOf(form);
  showCount(form.querySelector("[data-count]"), { measured, most: count.most, words, cost: costOf(measured) });
  const culprits = culpritsOf(text, count, measured, outgoing);
  showCulprits(form, culprits, measured, words);
  const echo = form.querySelector(".reply-side [data-echo]");
  if (echo) showEcho(echo, text, count, measured, { isShown: culprits.isShown, most: count.most - [...signed("", signature)].length });
  return measured;
}
