/** Text from elsewhere made safe to print: a tenant's names may hold anything. */

// Control characters move the cursor or change the terminal; the bidirectional ones reorder what is read.
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The same text with every such character written as its escape, e.g. `\u001b`. */
export function plainText(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
