// The saved replies as options of the picker: each with its text as it would be sent, and after them what else can be done.
import { fillVariables } from "./variables.js";

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

function optionFor({ shortcut, content, is_private: isPrivate }, { values, words }) {
  const text = fillVariables(content, values);
  const node = element("button", "item reply", "");
  node.type = "button";
  node.role = "option";
  node.tabIndex = -1;
  node.value = shortcut;
  node.dataset.text = `${shortcut} ${text}`;
  node.dataset.preview = text;
  node.dataset.written = content;
  const line = element("span", "end faint", text);
  line.dir = "auto";
  node.append(element("b", "name", `/${shortcut}`), line);
  if (isPrivate) node.append(element("span", "pill", words.private));
  return node;
}

const byShortcut = (a, b) => a.shortcut.localeCompare(b.shortcut, undefined, { numeric: true });

// Returns the HTML of the picker's body. `form` has the words, and a template with what else can be done.
export function optionsOf({ form, field, facts, slash }) {
  const { wordsReplies: title, wordsNone: none, wordsNoReplies: empty, wordsPrivate } = form.dataset;
  const list = element("div", "options", "");
  list.id = "picker-list";
  list.role = "listbox";
  list.ariaLabel = title;
  list.append(...facts.canned.toSorted(byShortcut).map((reply) => optionFor(reply, { values: facts.values, words: { private: wordsPrivate } })));
  const more = form.querySelector("template[data-reply-acts]")?.content.cloneNode(true);
  const hasText = field.value.trim() !== (slash ? field.value.slice(slash.start, slash.start + slash.length).trim() : "");
  if (!hasText) more?.querySelector("[data-do=save]")?.remove();
  if (more) list.append(more);
  const nothing = element("p", "nothing", "");
  nothing.role = "status";
  Object.assign(nothing.dataset, { pickerNone: "", none, empty });
  nothing.hidden = true;
  const preview = element("p", "preview", "");
  preview.ariaHidden = "true"; // the option says the same
  preview.dir = "auto";
  preview.dataset.pickerPreview = "";
  preview.hidden = true;
  return list.outerHTML + nothing.outerHTML + preview.outerHTML;
}
