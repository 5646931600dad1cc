// Tells that I look at this conversation and whether I write; and lets others fade when they stop telling.
import { beacon, post } from "../core/requests.js";

const RENEW = 20000;
const RENEW_REPLYING = 4000;
const STILL = 8000; // no key for so long: not writing any more

export function setUpPresence(url, { onEnded }) {
  let isReplying = false;
  let last = 0;
  let still = 0;
  let ended = 0;

  function tell() {
    if (document.hidden) return;
    last = Date.now();
    post(url, isReplying ? { replying: "1" } : {});
  }

  function typed(writes) {
    clearTimeout(still);
    if (writes) still = setTimeout(() => typed(false), STILL);
    if (writes !== isReplying || (writes && Date.now() - last > RENEW_REPLYING)) {
      isReplying = writes;
      tell();
    }
  }

  // A colleague who is shown fades by the clock of this page, even when no hint comes any more.
  function watch(thread, now) {
    clearTimeout(ended);
    const ends = [...thread.querySelectorAll("[data-ends]")].map((node) => Number(node.dataset.ends));
    if (ends.length) ended = setTimeout(onEnded, Math.max(500, Math.min(...ends) - now() + 300));
  }

  const leave = () => beacon(url, { leaves: "1" });
  const onVisible = () => { if (document.hidden) leave(); else tell(); };
  const timer = setInterval(tell, RENEW);
  document.addEventListener("visibilitychange", onVisible);
  addEventListener("pagehide", leave);
  tell();

  return {
    typed,
    watch,
    end() {
      clearInterval(timer);
      clearTimeout(still);
      clearTimeout(ended);
      document.removeEventListener("visibilitychange", onVisible);
      removeEventListener("pagehide", leave);
      leave();
    },
  };
}
