/**
 * "Did you mean": the known word closest to one that is not known, for keys of the model and for options alike. It lives
 * here, not in lib/, because infra/ imports npm packages alone.
 */
import { distance } from "fastest-levenshtein";

// Comparing grows with the product of both lengths; nobody mistypes a word this long by accident.
const longestWord = 100;

/** The closest candidate within a third of the word's length (at least two edits, swaps count two). */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > longestWord) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < bestDistance && edits < candidate.length) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/** More than these are not taken in at a glance. */
const mostListed = 24;

/** `Did you mean "scopes"?` where something is close, else what is known: `Known here: "a", "b".` */
export function suggestion(word: string, known: readonly string[], otherwise: string): string {
  const match = closest(word, known);
  if (match !== undefined) return `Did you mean ${JSON.stringify(match)}?`;
  if (known.length === 0 || known.length > mostListed) return otherwise;
  return `Known here: ${known.map((name) => JSON.stringify(name)).join(", ")}.`;
}
