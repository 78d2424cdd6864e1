/** A 64-bit digest of a natural key: to find a key again in little memory, and to give each row to one shard. */

/** Two signed halves of 32 bits: unsigned ones would be numbers on the heap, two a row. */
export interface KeyDigest {
  readonly high: number;
  readonly low: number;
}

/** A digest under way. */
export interface OpenDigest {
  high: number;
  low: number;
}

export function startDigest(digest: OpenDigest): void {
  digest.high = 0x1b873593;
  digest.low = 0x2127599b;
}

/**
 * Adds a text that is printable ASCII without a space at either end, quickly recognised in the same walk.
 * @returns false for any other text, which is not added
 */
export function addPlain(digest: OpenDigest, text: string): boolean {
  const { length } = text;
  if (length === 0 || text.charCodeAt(0) === 0x20 || text.charCodeAt(length - 1) === 0x20) return false;
  let { high, low } = digest;
  let word = length;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return false;
    // Four at a time: multiplying is what takes long.
    word = (word << 8) | code;
    if ((index & 3) === 3) {
      low = Math.imul(low ^ word, 0x9e3779b1);
      high = Math.imul(((high << 5) | (high >>> 27)) ^ word, 0x5f356495);
      low ^= low >>> 15;
    }
  }
  add(digest, high, low, word);
  return true;
}

/** As `addPlain`, of bytes that are known to be such text. */
export function addPlainBytes(digest: OpenDigest, bytes: Uint8Array, from: number, to: number): void {
  let { high, low } = digest;
  let word = to - from;
  for (let index = from; index < to; index++) {
    word = (word << 8) | (bytes[index] ?? 0);
    if (((index - from) & 3) === 3) {
      low = Math.imul(low ^ word, 0x9e3779b1);
      high = Math.imul(((high << 5) | (high >>> 27)) ^ word, 0x5f356495);
      low ^= low >>> 15;
    }
  }
  add(digest, high, low, word);
}

/** Adds a value of any kind; values do not run into each other. */
export function addText(digest: OpenDigest, text: string): void {
  if (addPlain(digest, text)) return;
  let { high, low } = digest;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x9e3779b1);
    high = Math.imul(((high << 5) | (high >>> 27)) ^ code, 0x5f356495);
    low ^= low >>> 15;
  }
  add(digest, high, low, ~text.length);
}

function add(digest: OpenDigest, high: number, low: number, word: number): void {
  digest.low = Math.imul(low ^ word, 0x9e3779b1) ^ (low >>> 15);
  digest.high = Math.imul(((high << 5) | (high >>> 27)) ^ word, 0x5f356495);
}

/** Spreads what was added over all bits (the last step of MurmurHash3, on both halves). */
export function sealDigest(digest: OpenDigest): void {
  const { high, low } = digest;
  digest.high = mixed(high ^ Math.imul(low, 0x27d4eb2f));
  digest.low = mixed(low ^ Math.imul(high, 0x165667b1));
}

function mixed(half: number): number {
  let value = half ^ (half >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return value ^ (value >>> 16);
}
