// The text that will be sent: what was written with its variables filled, and the number's signature on a line of its own.
// signed in messaging/sms_text.py says the same.
import { fillVariables } from "./variables.js";

export const signed = (text, signature) => (signature ? `${text}\n${signature}` : text);

export const outgoingText = (text, { values = {}, signature = "" }) => (text === "" ? "" : signed(fillVariables(text, values), signature));
