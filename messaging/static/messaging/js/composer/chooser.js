// A list over the composer to choose from by typing: colleagues after "@".
export function chooser({ box, field, pattern, find, render, none, pick }) {
  let found = [];
  let at = 0;
  let typed = null; // {start, query}: where the text that searches begins
  let put = null; // {from, text}: what the button typed to open the list

  const isOpen = () => !box.hidden;

  function close() {
    box.hidden = true;
    typed = null;
    put = null;
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
  }

  function mark(index) {
    at = (index + found.length) % found.length;
    box.querySelectorAll("[role=option]").forEach((option, place) => {
      option.setAttribute("aria-selected", String(place === at));
      if (place === at) {
        field.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      }
    });
  }

  // It opens upwards, and a phone with its keyboard leaves little of the screen there.
  function fit() {
    const top = box.parentElement.getBoundingClientRect().top - (window.visualViewport?.offsetTop ?? 0);
    box.style.setProperty("--room", `${Math.max(64, top - 16)}px`);
  }

  function show() {
    found = find(typed.query.toLocaleLowerCase());
    const heading = document.createElement("p");
    heading.className = "heading";
    heading.textContent = box.dataset.title;
    const list = document.createElement("div");
    list.role = "listbox";
    list.id = `${box.id}-list`;
    list.setAttribute("aria-label", box.dataset.title);
    box.replaceChildren(heading);
    found.forEach((item, index) => {
      const option = document.createElement("div");
      option.role = "option";
      option.id = `${box.id}-${index}`;
      render(option, item);
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => choose(index));
      list.append(option);
    });
    if (found.length) box.append(list);
    else {
      const nothing = document.createElement("p");
      nothing.className = "nothing";
      nothing.textContent = none;
      box.append(nothing);
    }
    box.hidden = false;
    box.scrollTop = 0;
    fit();
    if (found.length) {
      field.setAttribute("aria-controls", list.id);
      mark(0);
    }
  }

  function choose(index) {
    const { start, query } = typed;
    const end = start + 1 + query.length;
    const item = found[index];
    close();
    field.focus();
    pick(item, { start, end });
  }

  function look() {
    const before = field.value.slice(0, field.selectionStart);
    const match = field.selectionStart === field.selectionEnd ? before.match(pattern) : null;
    if (!match) {
      if (isOpen()) close();
      return;
    }
    typed = { start: before.length - match[1].length - 1, query: match[1] };
    show();
  }

  // Open by a button: type the sign that opens it.
  function openWith(sign) {
    if (isOpen()) { leave(); return; }
    field.focus();
    const from = field.selectionStart;
    const before = field.value.slice(0, from);
    const text = (before && !/\s$/.test(before) ? " " : "") + sign;
    field.setRangeText(text, from, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (isOpen()) put = { from, text };
  }

  // Close without choosing: what only the button typed is no part of the message.
  function leave() {
    const { from, text } = put ?? {};
    const isUnused = put && typed?.query === "" && field.value.startsWith(text, from);
    close();
    if (!isUnused) return;
    field.setRangeText("", from, from + text.length, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Returns whether the key was for the list.
  function key(event) {
    if (!isOpen()) return false;
    if (event.key === "Escape") { leave(); return true; }
    const isEnter = event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    // Whoever chooses a reply that does not exist has not written a message to send.
    if (!found.length) { if (isEnter) close(); return isEnter; }
    if (event.key === "ArrowDown") { mark(at + 1); return true; }
    if (event.key === "ArrowUp") { mark(at - 1); return true; }
    if (isEnter || event.key === "Tab") { choose(at); return true; }
    return false;
  }

  field.addEventListener("input", look);
  box.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
  new ResizeObserver(() => isOpen() && fit()).observe(box.closest("section"));
  field.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== field) close(); }, 150));
  return { key, close, isOpen, openWith };
}
