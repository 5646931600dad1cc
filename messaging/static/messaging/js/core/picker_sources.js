// What a picker offers: HTML from an address, or from a source of the page itself.
import { ask } from "./requests.js";

const sources = new Map(); // name → what makes the options of an opener
const kept = new Map(); // address → HTML: what was loaded once is there at once, and is asked for again behind it

// What an opener offered when it was loaded last; undefined where a source is asked each time.
export const keptFor = ({ dataset }) => ("source" in dataset ? undefined : kept.get(dataset.picker));

// Names a source: `source(opener)` gives {state, html}, or a promise of it. It is asked each time.
export const offer = (name, source) => sources.set(name, source);

// What an opener offers as it is now.
export const load = (opener) => sources.get(opener.dataset.source)?.(opener) ?? fetchOptions(opener.dataset.picker);

// What an address offers, as the server has it now.
export async function fetchOptions(address) {
  const { state, text } = await ask(address, { headers: { "HX-Request": "true" } });
  if (state === "ok") kept.set(address, text);
  return { state, html: text };
}

// The options behind an opener, for the command palette: what was loaded once, else what the server answers.
export async function optionsOf(opener) {
  const address = opener.dataset.picker;
  if (!kept.has(address)) await fetchOptions(address);
  const holder = document.createElement("template");
  holder.innerHTML = kept.get(address) ?? ""; // escaped by the server's templates
  return [...holder.content.querySelectorAll("[role=option]")];
}
