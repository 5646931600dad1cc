// A flag is two letters that a font draws as one; elsewhere they would be boxes beside the country's name.
const pen = document.createElement("canvas").getContext("2d");
const width = (text) => pen.measureText(text).width;
document.documentElement.toggleAttribute("data-no-flags", width("\u{1F1FA}\u{1F1F8}") > 1.5 * width("\u{1F1FA}"));
