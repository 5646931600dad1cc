// What the composer offers while somebody types: saved replies after "/", colleagues after "@".
import { fold } from "../core/fold.js";
import { Chooser } from "./chooser.js";
import { fillVariables, putVariablesIn } from "./variables.js";

const has = (text, query) => fold(text).includes(fold(query));

// A colleague whose name begins with the letters comes before one who has them elsewhere.
const begins = ({ username, name }, query) =>
  [username, ...name.split(/\s+/)].some((word) => word.toLocaleLowerCase().startsWith(query));

// Through the editing command where there is one, so that Ctrl+Z takes it back.
export function insert(field, text, { start, end }) {
  field.focus();
  field.setSelectionRange(start, end);
  if (!document.execCommand?.("insertText", false, text)) field.setRangeText(text, start, end, "end");
}

function element(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

export function savedReplies(form, { field = form.elements.reply, facts, typed }) {
  return new Chooser({
    box: form.querySelector("#canned"),
    field,
    pattern: /(?:^|\s)\/([\p{L}\p{N}_-]{0,30})$/u,
    none: form.dataset.wordsNone,
    find: (query) =>
      facts.canned
        .map(({ shortcut, content }) => ({ shortcut, written: content, content: fillVariables(content, facts.values) }))
        .filter(({ shortcut, content }) => has(shortcut, query) || has(content, query))
        .toSorted((a, b) => b.shortcut.toLocaleLowerCase().startsWith(query) - a.shortcut.toLocaleLowerCase().startsWith(query)),
    render(option, { shortcut, content }) {
      const text = element("span", content);
      text.dir = "auto";
      option.append(element("b", `/${shortcut}`), text);
    },
    pick({ written }, { start, end }) {
      insert(field, putVariablesIn(written, facts.values), { start, end });
      typed();
    },
  });
}

function colleagues(form, { facts, typed }) {
  const field = form.elements.note;
  return new Chooser({
    box: form.querySelector("#mentions"),
    field,
    pattern: /(?:^|[\s(])@([\p{L}\p{N}_.+-]{0,40})$/u,
    none: "–",
    find: (query) =>
      facts.colleagues
        .filter(({ username, name }) => has(username, query) || has(name, query))
        .toSorted((a, b) => begins(b, query) - begins(a, query))
        .slice(0, 8),
    render: (option, { username, name }) => option.append(element("b", name), element("span", `@${username}`)),
    pick({ username }, { start, end }) {
      insert(field, `@${username} `, { start, end });
      typed();
    },
  });
}

// Returns `key`, which tells whether a key was for a list, and `close`. `typed` is called when a text was put in.
export function setUpChoices(form, { facts, typed }) {
  const replies = savedReplies(form, { facts, typed });
  form.addEventListener("reply:saved", ({ detail: { shortcut, content, number } }) => {
    const isForHere = number === null || number === Number(form.closest("[data-thread]")?.dataset.number);
    const others = facts.canned.filter((reply) => reply.shortcut !== shortcut);
    facts.canned = isForHere ? [...others, { shortcut, content }] : others;
  });
  const mentions = colleagues(form, { facts, typed });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-canned]")) replies.openWith("/");
    else if (event.target.closest("[data-open-mentions]")) mentions.openWith("@");
  });
  return { key: (event) => replies.key(event) || mentions.key(event), close: () => { replies.close(); mentions.close(); } };
}
