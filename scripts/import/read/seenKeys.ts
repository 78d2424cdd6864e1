/** Which keys were seen, and where first: eight bytes a key, so that millions fit beside an import. */
import type { KeyDigest } from "./keyDigest.ts";

/** Of a part's slots, so that few are looked at for one key. */
const fullest = 0.9;
/** A place takes 24 bits of a slot, from the part's own base. */
const places = 2 ** 24;
const smallest = 1024;

/** Open addressing: two words a slot, 32 bits of the digest, then 8 more and the place. */
class Part {
  readonly base: number;
  readonly #slots: Int32Array;
  readonly #capacity: number;
  /** Slots for each value of a digest's upper half. */
  readonly #perDigest: number;
  #free: number;

  constructor(keys: number, base: number) {
    this.#capacity = Math.ceil(Math.max(smallest, keys) / fullest);
    this.#slots = new Int32Array(2 * this.#capacity);
    this.#perDigest = this.#capacity / 2 ** 32;
    this.#free = Math.floor(this.#capacity * fullest);
    this.base = base;
  }

  hasRoomFor(place: number): boolean {
    return this.#free > 0 && place - this.base < places;
  }

  /** Where the search for a key begins. */
  wordAt({ high }: KeyDigest): number {
    return this.#slots[2 * Math.floor((high >>> 0) * this.#perDigest) + 1] ?? 0;
  }

  /** The place of the key; where it has none, `place` becomes it unless that is 0. */
  find({ high, low }: KeyDigest, place: number): number {
    const slots = this.#slots;
    let at = Math.floor((high >>> 0) * this.#perDigest);
    for (;;) {
      const word = slots[2 * at + 1] ?? 0;
      if (word === 0) break;
      if (slots[2 * at] === low && word >>> 24 === (high & 0xff)) return this.base + (word & 0xffffff);
      at = at + 1 === this.#capacity ? 0 : at + 1;
    }
    if (place > 0) {
      slots[2 * at] = low;
      slots[2 * at + 1] = ((high & 0xff) << 24) | (place - this.base);
      this.#free--;
    }
    return 0;
  }
}

/**
 * Keys are known by some 60 bits of a digest: among five million, one is taken for another less than once in ten
 * thousand files. It is then rejected with both lines, and not lost.
 */
export class SeenKeys {
  readonly #parts: Part[] = [];
  #keys = 0;
  #expected: number;

  /** @param expected About how many keys there will be; more take a little longer. */
  constructor(expected: number) {
    this.#expected = expected;
  }

  /**
   * Brings the slots of some keys nearer to the processor, all at once: one after the other each would keep it waiting
   * for memory.
   */
  touch(rows: readonly (({ readonly ok: true } & KeyDigest) | { readonly ok: false } | undefined)[]): number {
    const last = this.#parts.at(-1);
    let sum = 0;
    if (last) for (const row of rows) if (row?.ok) sum ^= last.wordAt(row);
    return sum;
  }

  /**
   * Where the key was first; 0 where it is new, which is remembered.
   * @param place From 1, rising.
   */
  add(key: KeyDigest, place: number): number {
    const last = this.#parts.at(-1);
    for (let index = 0; index < this.#parts.length - 1; index++) {
      const found = this.#parts[index]?.find(key, 0) ?? 0;
      if (found > 0) return found;
    }
    if (last?.hasRoomFor(place)) {
      const found = last.find(key, place);
      if (found === 0) this.#keys++;
      return found;
    }
    const found = last?.find(key, 0) ?? 0;
    if (found > 0) return found;
    const part = new Part(Math.max(this.#expected - this.#keys, this.#keys), place - 1);
    this.#parts.push(part);
    this.#keys++;
    return part.find(key, place);
  }
}
