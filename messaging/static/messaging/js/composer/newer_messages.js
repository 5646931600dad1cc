// "Not sent yet: there is something new": what was written meanwhile, to read before a text is sent.
function line(form, message) {
  const who = document.createElement("b");
  who.textContent = message.is_inbound ? form.dataset.wordsThey : form.dataset.wordsColleague.replace("%s", message.who);
  const text = document.createElement("span");
  text.dir = "auto";
  text.textContent = message.text;
  const item = document.createElement("li");
  item.append(who, " ", text);
  return item;
}

// `decide` is called with whether the text is to be sent all the same, and the newest message read.
export function setUpNewerMessages(form, { decide }) {
  const box = form.querySelector("#moved");
  const anyway = box.querySelector("[data-send-anyway]");
  let newest = 0;

  function answer(sends) {
    box.hidden = true;
    decide({ sends, newest });
  }
  anyway.addEventListener("click", () => answer(true));
  box.querySelector("[data-keep-editing]").addEventListener("click", () => answer(false));
  return {
    show(newer) {
      box.querySelector("[data-newer]").replaceChildren(...newer.map((message) => line(form, message)));
      newest = Math.max(...newer.map(({ id }) => id));
      // The focus stays in the text: a person who types on, or holds the key that sends, has not read it yet.
      box.hidden = false;
      box.scrollIntoView({ block: "nearest" });
    },
    hide() { box.hidden = true; },
  };
}
