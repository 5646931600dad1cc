// What a text costs, as far as the price of a segment is known (views/shared/composer_data.py finds it).

const MILLIONTHS = 1_000_000;

// Says what so many segments cost at a price, in the words of a form; "" where there is nothing to say.
export function costInWords(form, price, segments) {
  const cost = costOf(price, segments);
  return cost && form.dataset.wordsCost.replace("%s", cost);
}

// Returns the cost as a decimal number with two to four places, "" where there is nothing to say. Counted in whole
// millionths: a price has six places at most, and a sum of fractions would not be exact.
export function costOf(price, segments) {
  if (!price || !segments) return "";
  const tenThousandths = Math.round((Math.round(Number(price) * MILLIONTHS) * segments) / 100);
  const digits = String(tenThousandths).padStart(5, "0");
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`.replace(/0{1,2}$/, "");
}
