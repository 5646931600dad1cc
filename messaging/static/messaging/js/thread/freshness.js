// A refresh brings the newest messages; a person who reads further up gets those in sight brought up to date too,
// at once and after every scroll.
const SETTLED = 250; // ms without scrolling

const messagesOf = (log) => [...log.querySelectorAll(".msg[data-message]:not(.scheduled)")];

export class Freshness {
  // `bring(oldest, newest)` fetches and merges these messages; it returns whether that worked.
  constructor(log, bring) {
    this.log = log;
    this.bring = bring;
    this.turn = 0; // counts refreshes; a message that has not seen the last one may be stale
    this.seen = new WeakMap();
  }

  refreshed(from) {
    this.turn += 1;
    this.mark(messagesOf(this.log).filter((node) => Number(node.dataset.message) >= Number(from)));
    this.look();
  }

  scrolled() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.look(), SETTLED);
  }

  async look() {
    const stale = this.visible().filter((node) => (this.seen.get(node) ?? 0) < this.turn);
    if (!stale.length || this.isLooking || document.hidden) return;
    this.isLooking = true;
    const turn = this.turn; // what changes while the answer is under way may not be in it
    const ids = stale.map((node) => Number(node.dataset.message));
    try {
      // Where nothing comes, live.js says so, and everything is asked for again afterwards.
      if (await this.bring(Math.min(...ids), Math.max(...ids))) this.mark(stale, turn);
    } finally {
      this.isLooking = false;
    }
    if (this.turn > turn) this.look();
  }

  visible() {
    const { top, bottom } = this.log.getBoundingClientRect();
    return messagesOf(this.log).filter((node) => {
      const box = node.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    });
  }

  mark(nodes, turn = this.turn) { for (const node of nodes) this.seen.set(node, turn); }

  end() { clearTimeout(this.waiting); }
}
