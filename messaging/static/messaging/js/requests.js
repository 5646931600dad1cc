// Requests of our own scripts: the CSRF token of this moment, and plain outcomes instead of exceptions.
export const csrf = () =>
  document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

// {state: "ok" | "refused" | "session" | "offline" | "failed", answer, status}
export async function post(url, fields, { keepalive = false } = {}) {
  const body = fields instanceof FormData ? new URLSearchParams(fields) : new URLSearchParams(fields);
  body.delete("csrfmiddlewaretoken"); // may be older than the session
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      keepalive,
      redirect: "manual",
      headers: { Accept: "application/json", "X-CSRFToken": csrf() },
    });
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) return { state: "session" };
    if (response.status === 204) return { state: "ok", answer: {} };
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    const answer = isJson ? await response.json() : {};
    if (response.ok) return { state: "ok", answer };
    return { state: isJson ? "refused" : "failed", answer, status: response.status };
  } catch {
    return { state: "offline" };
  }
}

// A page that goes away still says so.
export function beacon(url, fields) {
  const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: csrf() });
  navigator.sendBeacon?.(url, body);
}
