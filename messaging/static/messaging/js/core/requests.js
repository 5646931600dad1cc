// Requests of our own scripts: the CSRF token of this moment, and plain outcomes instead of exceptions.
// Over https the cookie has the prefix that keeps other hosts of the domain from planting one; where both are there, it counts.
export const csrf = () =>
  document.cookie.match(/(?:^|; )__Host-csrftoken=([^;]*)/)?.[1] ??
  document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ??
  JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

const isSignIn = (url) => new URL(url, location.href).pathname.startsWith("/accounts/login/");

// Whose page this is: where somebody else is signed in by now, nothing is done in their name.
const owner = () => (document.body.dataset.user ? { "X-Page-User": document.body.dataset.user } : {});

// Whether an answer says that nobody is signed in, or somebody else, or with a token of before.
export const isSignedOut = ({ status, responseURL, isOther }) => status === 401 || status === 403 || isOther || isSignIn(responseURL);
const isOtherOf = (xhr) => xhr.getResponseHeader("X-Other-User") !== null;

// Every answer says whether the session lasts, or is another person's: "session" {isOver, isOther} on <body>; live.js shows it.
const tellSession = (isOver, isOther = false) => document.body.dispatchEvent(new CustomEvent("session", { detail: { isOver, isOther } }));

// Sends a request and reads the answer: {state: "ok" | "session" | "offline" | "failed", status, headers, text, isRedirected}.
// What the network does is an outcome; a mistake of our own in what follows is thrown, and seen.
export async function ask(url, options = {}) {
  let response;
  let text;
  try {
    response = await fetch(url, { cache: "no-store", redirect: "manual", ...options, headers: { ...owner(), ...options.headers } });
    text = await response.text();
  } catch {
    return { state: "offline", text: "" };
  }
  const { ok, status, headers, redirected: isRedirected } = response;
  const isOther = headers.has("X-Other-User");
  const isOver = response.type === "opaqueredirect" || isSignedOut({ status, responseURL: response.url, isOther });
  if (isOver || ok) tellSession(isOver, isOther);
  return { state: isOver ? "session" : ok ? "ok" : "failed", status, headers, text, isRedirected };
}

// {state: "ok" | "refused" | "session" | "offline" | "failed", answer, status}
export async function post(url, fields, { keepalive = false, headers = {} } = {}) {
  const body = new URLSearchParams(fields);
  body.delete("csrfmiddlewaretoken"); // may be older than the session
  const asked = await ask(url, {
    method: "POST",
    body,
    keepalive,
    headers: { Accept: "application/json", "X-CSRFToken": csrf(), ...headers },
  });
  const isJson = asked.headers?.get("Content-Type")?.startsWith("application/json");
  const state = asked.state === "failed" && isJson ? "refused" : asked.state;
  return { state, answer: isJson ? JSON.parse(asked.text) : {}, status: asked.status, headers: asked.headers };
}

// What an answer tells the page in HX-Trigger, as events on <body>: {"toasts": {…}, "thread-changed": {…}}.
export function tellPage(trigger) {
  for (const [name, detail] of Object.entries(JSON.parse(trigger || "{}"))) document.body.dispatchEvent(new CustomEvent(name, { detail }));
}

// htmx tells the element that asked. Where that has left the page before the answer came (another conversation was
// opened), what the answer says is told to the page: what was done, and the way back.
document.body.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr } }) => {
  xhr.addEventListener("load", () => { if (!elt.isConnected) tellPage(xhr.getResponseHeader("HX-Trigger")); });
});

// A page that goes away still says so.
export function beacon(url, fields) {
  const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: csrf() });
  navigator.sendBeacon?.(url, body);
}

// htmx follows a redirect to the sign-in page and would take that page for success.
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!isSignIn(detail.xhr.responseURL) && !isOtherOf(detail.xhr)) return;
  detail.isError = true;
  detail.shouldSwap = false;
});
document.body.addEventListener("htmx:configRequest", ({ detail }) => Object.assign(detail.headers, owner()));
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { status, responseURL } = detail.xhr;
  const isOther = isOtherOf(detail.xhr);
  if (detail.successful || isSignedOut({ status, responseURL, isOther })) tellSession(!detail.successful, isOther);
});
