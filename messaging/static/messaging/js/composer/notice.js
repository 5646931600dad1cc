// The line under the composer that says what is wrong. It knows what it is about, so that it goes away with its reason.
export class Notice {
  constructor(node) {
    this.node = node;
  }

  say(text, about = "") {
    this.node.textContent = text;
    this.node.hidden = !text;
    this.node.dataset.about = about;
  }

  clear(about = this.node.dataset.about) {
    if (this.node.dataset.about === about) this.say("");
  }
}
