/** Text from elsewhere made safe to print: a tenant's names may hold anything. */

// Control characters move the cursor or change the terminal; the bidirectional ones reorder what is read.
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
// Also what takes no room, and what looks like a plain space.
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** The same text with every such character written as its escape, e.g. `\u001b`. */
export function plainText(text: string): string {
  return text.replace(unsafe, escaped);
}

/** Like `plainText`, for values that a reader compares: texts that differ also look different but for their letters. */
export function visibleText(text: string): string {
  return text.replace(unseen, escaped);
}

/** True where `plainText` leaves the text as it is. */
export function isPlain(text: string): boolean {
  return text.search(unsafe) === -1;
}

function escaped(character: string): string {
  const units = character.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
  return units.map((unit) => `\\u${unit}`).join("");
}
