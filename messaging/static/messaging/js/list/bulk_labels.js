// The labels of a selection: which all, some or none of it carry. One is put on or taken off at once, for all of it; the
// picker stays open for the next one.
import { isOpenFor, startAgain } from "../core/picker.js";
import { fetchOptions, offer } from "../core/picker_sources.js";
import { post } from "../core/requests.js";
import { run, selected } from "./bulk.js";

const CHECKED = { all: "true", some: "mixed", none: "false" };
let work = Promise.resolve(); // one change after the other
let waiting = 0;

const bar = () => document.querySelector("[data-bulk]");
const opener = () => bar().querySelector("[data-bulk-picker=label]");

// {total, counts: label → how many of the selection carry it}
async function ofSelection() {
  const { state, answer } = await post(bar().dataset.labels, [["conversations", selected().join(",")]]);
  return { state, ...answer };
}

function setState(option, state) {
  option.dataset.state = state;
  option.ariaChecked = CHECKED[state];
}

function showCounts(options, { total, counts }) {
  for (const option of options) {
    const count = counts[option.value] ?? 0;
    setState(option, count === 0 ? "none" : count < total ? "some" : "all");
  }
}

offer("selection", async ({ dataset }) => {
  const [offered, found] = await Promise.all([fetchOptions(dataset.picker), ofSelection()]);
  if (offered.state !== "ok") return offered;
  if (found.state !== "ok") return { state: found.state };
  const holder = document.createElement("template");
  holder.innerHTML = offered.html; // escaped by the server's templates
  showCounts(holder.content.querySelectorAll("[data-state]"), found);
  return { state: "ok", html: holder.innerHTML };
});

// What was not done, or not for all, shows as it is.
async function lookAgain() {
  const found = await ofSelection();
  if (found.state === "ok" && !waiting && isOpenFor(opener())) showCounts(document.querySelectorAll("#picker [data-state]"), found);
}

function then(step) {
  waiting += 1;
  work = work.then(step).finally(() => { waiting -= 1; });
}

function toggle(option) {
  const isOn = option.dataset.state === "all";
  const { value } = option;
  setState(option, isOn ? "none" : "all");
  then(async () => {
    if (!await run(isOn ? "unlabel" : "label", [["label", value]], { keeps: true })) setTimeout(lookAgain);
  });
}

function create({ value }) {
  then(async () => {
    if (await run("label", [["new", value]], { keeps: true }) && isOpenFor(opener())) await startAgain(value.split(/\s+/).join(" "));
  });
}

document.addEventListener("pick", (event) => {
  if (event.target.dataset?.bulkPicker !== "label") return;
  event.preventDefault();
  const { option } = event.detail;
  if ("create" in option.dataset) create(option);
  else toggle(option);
});
