// Bring an element to the state of another without replacing what stays: focus, selection, open menus and typed
// text survive. Children are matched by id, else by kind and order.
const LOCAL = new Set(["open", "data-drawn", "data-shut", "data-watched", "aria-expanded", "data-ready", "data-paired"]);
const LOCAL_CLASSES = ["found", "new"];

const isField = (node) => node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement || node instanceof HTMLSelectElement;
const isTouched = (field) =>
  field === document.activeElement ||
  (field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : "defaultValue" in field && field.value !== field.defaultValue);

function morphAttributes(from, to) {
  const kept = LOCAL_CLASSES.filter((name) => from.classList.contains(name));
  for (const { name, value } of to.attributes) if (!LOCAL.has(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  for (const { name } of [...from.attributes]) if (!LOCAL.has(name) && !to.hasAttribute(name)) from.removeAttribute(name);
  if (kept.length) from.classList.add(...kept);
}

// What a script put there itself is no matter of the server's.
const isLocal = (node) => node?.nodeType === Node.ELEMENT_NODE && node.hasAttribute("data-local");
const orNext = (node) => { while (isLocal(node)) node = node.nextSibling; return node; };

const isAlike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && !a.id && !b.id;

export function morph(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  if (from.isEqualNode(to)) return;
  if (isField(from) && isTouched(from)) return;
  morphAttributes(from, to);
  let old = orNext(from.firstChild);
  for (const next of [...to.childNodes]) {
    const match = next.id && [...from.children].find((child) => child.id === next.id);
    if (match) {
      if (match === old) old = orNext(old.nextSibling);
      else from.insertBefore(match, old);
      morph(match, next);
    } else if (old && isAlike(old, next)) {
      const following = orNext(old.nextSibling);
      morph(old, next);
      old = following;
    } else {
      from.insertBefore(document.importNode(next, true), old);
    }
  }
  while (old) {
    const following = orNext(old.nextSibling);
    from.removeChild(old); // not old.remove(): a form's control of that name hides the method
    old = following;
  }
}
