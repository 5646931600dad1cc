// What a text costs, as far as the price of a segment is known (views/shared/composer_data.py finds it).

// Returns the cost as a decimal number with two to four places, "" where there is nothing to say.
export function costOf(price, segments) {
  if (price === null || !segments) return "";
  return (Number(price) * segments).toFixed(4).replace(/0{1,2}$/, "");
}
