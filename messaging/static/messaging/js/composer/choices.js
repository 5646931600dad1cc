// What the composer offers while somebody types: saved replies after "/", colleagues after "@".
import { fold } from "../core/fold.js";
import { Chooser } from "./chooser.js";
import { insert } from "./insert.js";
import { savedReplies } from "./reply_picker.js";

export { insert, savedReplies };

const has = (text, query) => fold(text).includes(fold(query));

// A colleague whose name begins with the letters comes before one who has them elsewhere.
const begins = ({ username, name }, query) =>
  [username, ...name.split(/\s+/)].some((word) => word.toLocaleLowerCase().startsWith(query));

function element(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
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
  form.addEventListener("reply:saved", ({ detail: { shortcut, content, number, is_private } }) => {
    const isForHere = number === null || number === Number(form.closest("[data-thread]")?.dataset.number);
    const others = facts.canned.filter((reply) => reply.shortcut !== shortcut);
    facts.canned = isForHere ? [...others, { shortcut, content, is_private }] : others;
  });
  const mentions = colleagues(form, { facts, typed });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-mentions]")) mentions.openWith("@");
  });
  return { key: (event) => replies.key(event) || mentions.key(event), close: () => { replies.close(); mentions.close(); } };
}
