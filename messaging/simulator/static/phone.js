// Keeps the phone page fresh: fetches the part that changes and swaps it in when it did.
const PAUSE_MS = 1000;

function scrollToNewest() {
  const texts = document.querySelector("#live .texts");
  texts.scrollTop = texts.scrollHeight;
}

async function refresh() {
  const live = document.getElementById("live");
  if (document.hidden || live.contains(document.activeElement)) return;
  const response = await fetch(live.dataset.url);
  if (!response.ok) return;
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = parsed.getElementById("live");
  if (fresh && fresh.innerHTML !== live.innerHTML) {
    live.replaceWith(fresh);
    scrollToNewest();
  }
}

async function keepFresh() {
  try {
    await refresh();
  } catch {
    // The simulator is away for a moment; the next turn tries again.
  }
  setTimeout(keepFresh, PAUSE_MS);
}

// Enter sends, Shift+Enter makes a new line, as on a phone.
document.querySelector("textarea").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

scrollToNewest();
keepFresh();
