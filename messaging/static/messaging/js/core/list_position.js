// Where somebody is in the list, also when that row has left it: j and k go on from there.
let order = [];
let at = -1;

const idOf = (link) => link.closest("[data-row]")?.dataset.row;
const links = () => [...document.querySelectorAll("[data-rows] a.row")];

export function remember(link) {
  const all = links();
  if (!all.includes(link)) return;
  order = all.map(idOf);
  at = all.indexOf(link);
}

// The next row in a direction, from the one that was there last.
export function neighbor(step) {
  const present = new Map(links().map((link) => [idOf(link), link]));
  for (let place = at + step; place >= 0 && place < order.length; place += step) {
    const link = present.get(order[place]);
    if (link) return link;
  }
  return null;
}
