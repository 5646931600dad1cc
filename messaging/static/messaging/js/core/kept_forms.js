// What is typed into a small form (data-kept) outlives another conversation, a reload and a session that ended:
// the browser's tab keeps it until it is saved or given up.
const FIELDS = "input:not([type=hidden], [type=checkbox], .native-time), textarea";
const key = (form) => `didsms-form-${document.body.dataset.user}-${form.dataset.kept}`;
const fields = (form) => [...form.querySelectorAll(FIELDS)];
const changed = (form) => fields(form).filter((field) => field.value !== field.defaultValue);

function keep(form) {
  const values = Object.fromEntries(changed(form).map((field) => [field.name, field.value]));
  try {
    if (Object.keys(values).length) sessionStorage.setItem(key(form), JSON.stringify(values));
    else sessionStorage.removeItem(key(form));
  } catch {
    // A full or forbidden storage: the page alone keeps it.
  }
}

export function forget(form) {
  try {
    sessionStorage.removeItem(key(form));
  } catch {
    // Nothing was kept.
  }
}

// Puts back what was typed before, in an editor that is open then.
export function takeUpForms() {
  for (const form of document.querySelectorAll("form[data-kept]:not([data-ready])")) {
    form.dataset.ready = "";
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(key(form)) ?? "null");
    } catch {
      continue;
    }
    if (!kept) continue;
    for (const field of fields(form)) if (field.name in kept) field.value = kept[field.name];
    const editor = form.closest("details");
    if (!changed(form).length) forget(form);
    else if (editor) editor.open = true;
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-kept]");
  if (form) keep(form);
});

// "Cancel" gives it up.
document.addEventListener("reset", (event) => {
  const form = event.target;
  if (!form.matches("[data-kept]")) return;
  forget(form);
  const editor = form.closest("details");
  if (!editor) return;
  const hadFocus = editor.contains(document.activeElement);
  editor.open = false;
  if (hadFocus) editor.querySelector("summary").focus();
});
