// Ctrl+K: filters the commands of the page as you type, and adds whom the open conversation can be assigned to and the
// conversations that the search finds.
import { fold } from "../core/fold.js";
import { visit } from "../core/navigate.js";
import { send } from "../core/picker.js";
import { optionsOf } from "../core/picker_sources.js";
import { ask } from "../core/requests.js";
import { press, selectCurrent } from "./shortcuts.js";
import { setTheme } from "./theme.js";
import { toast } from "../core/toasts.js";

const box = document.querySelector("[data-palette]");
const input = box?.querySelector("input");
const listbox = box?.querySelector("[role=listbox]");
const ASK_AFTER = 160;

const everywhere = box?.querySelector("[data-everywhere]");

let timer = 0;
let asked = 0;

const options = () => [...listbox.querySelectorAll("[role=option]:not([hidden])")];

function select(option) {
  for (const each of listbox.querySelectorAll("[aria-selected]")) each.removeAttribute("aria-selected");
  input.removeAttribute("aria-activedescendant");
  if (!option) return;
  option.id ||= `palette-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function filter() {
  const words = fold(input.value).split(/\s+/).filter(Boolean);
  const isOpen = document.querySelector(".main-pane[data-open]") !== null;
  for (const option of listbox.querySelectorAll("[role=option]:not([data-found])")) {
    const text = fold(`${option.querySelector(".name").textContent} ${option.dataset.also ?? ""}`);
    const isMissing = (option.hasAttribute("data-needs-main-pane") && !isOpen) || ("everywhere" in option.dataset && !words.length);
    const isTooMuch = "assignee" in option.dataset && words.join("").length < 3; // hundreds, before anything is typed
    option.hidden = isMissing || isTooMuch || !("everywhere" in option.dataset || words.every((word) => text.includes(word)));
  }
  everywhere.querySelector(".name").textContent = everywhere.dataset.words.replace("%s", input.value.trim());
  listbox.append(everywhere); // the last: for those who want all that was found
  finish();
}

function finish() {
  select(options()[0]);
  box.querySelector(".none").hidden = options().length > 0;
}

function forget() {
  for (const option of listbox.querySelectorAll("[data-found]")) option.remove();
}

async function find() {
  const text = input.value.trim();
  asked += 1;
  const turn = asked;
  if (text.length < 2) { forget(); finish(); return; }
  const answer = await ask(`${box.dataset.search}?q=${encodeURIComponent(text)}`);
  if (answer.state !== "ok" || turn !== asked) return; // the commands work without
  forget();
  const shape = box.querySelector("[data-palette-found]").content.firstElementChild;
  for (const { name, text: line, url } of JSON.parse(answer.text).results) {
    const option = shape.cloneNode(true);
    option.dataset.found = "";
    option.dataset.href = url;
    option.querySelector(".name").textContent = name;
    option.querySelector(".end").textContent = line;
    everywhere.before(option);
  }
  const selected = listbox.querySelector("[aria-selected]");
  if (!selected || selected === everywhere) finish();
  box.querySelector(".none").hidden = options().length > 0;
}

// "Assign to Tom", for everyone who works with the number of the open conversation.
async function addColleagues() {
  for (const option of listbox.querySelectorAll("[data-assignee]")) option.remove();
  const opener = document.getElementById("pick-assignee");
  if (!opener) return;
  const found = (await optionsOf(opener)).filter((option) => option.dataset.person);
  if (!box.open || listbox.querySelector("[data-assignee]")) return;
  const shape = box.querySelector("[data-palette-assign]").content.firstElementChild;
  for (const person of found) {
    const option = shape.cloneNode(true);
    option.dataset.assignee = person.value;
    option.dataset.also = person.dataset.person;
    const name = option.querySelector(".name");
    name.textContent = name.dataset.words.replace("%s", person.querySelector(".name").textContent);
    everywhere.before(option);
  }
  filter();
}

async function assign(option) {
  const { ok, text } = await send(document.getElementById("pick-assignee"), [["assignee", option.dataset.assignee]]);
  if (!ok && text) toast({ text, level: "error" });
}

function run(option) {
  box.close();
  const { href, press: key, command, theme, click } = option.dataset;
  if ("assignee" in option.dataset) assign(option);
  else if (theme) setTheme(theme);
  else if (click) document.querySelector(click)?.click();
  else if (option === everywhere) visit(`${everywhere.dataset.everywhere}?${new URLSearchParams({ q: input.value.trim() })}`, { part: "workspace" });
  else if (key === "x") selectCurrent();
  else if (key) press(key);
  else if (command === "help") document.querySelector("[data-help]").showModal();
  else if (href.startsWith("/inbox/")) visit(href, { part: "workspace" });
  else location.assign(href);
}

export function open() {
  if (!box || box.open) return;
  input.value = "";
  forget();
  filter();
  document.querySelector("#sidebar:popover-open")?.hidePopover();
  box.showModal();
  addColleagues();
}

if (box) {
  input.addEventListener("input", () => { filter(); clearTimeout(timer); timer = setTimeout(find, ASK_AFTER); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options();
    const at = all.findIndex((option) => option.getAttribute("aria-selected"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (all.length) select(all[(at + step + all.length) % all.length]);
    } else if (event.key === "Enter" && all[at]) {
      event.preventDefault();
      run(all[at]);
    }
  });
  listbox.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) run(option);
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-command=palette]")) open();
  });
}
