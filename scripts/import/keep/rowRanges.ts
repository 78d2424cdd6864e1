/** Which rows are done, when batches finish out of order: everything before a point, and islands beyond it. */

/** Half-open: `[first, end)`, rows counted from 0 over all inputs. */
export type RowRange = readonly [first: number, end: number];

export class RowRanges {
  /** Sorted, disjoint, never touching. */
  #ranges: RowRange[];

  constructor(ranges: readonly RowRange[] = []) {
    this.#ranges = [];
    for (const [first, end] of ranges) this.add(first, end);
  }

  add(first: number, end: number): void {
    if (end <= first) return;
    let from = this.#ranges.length;
    while (from > 0 && (this.#ranges[from - 1]?.[1] ?? 0) >= first) from--;
    let to = from;
    let [start, stop] = [first, end];
    for (let range = this.#ranges[to]; range && range[0] <= end; range = this.#ranges[++to]) {
      start = Math.min(start, range[0]);
      stop = Math.max(stop, range[1]);
    }
    this.#ranges.splice(from, to - from, [start, stop]);
  }

  has(row: number): boolean {
    return row < this.end && this.#ranges.some(([first, end]) => first <= row && row < end);
  }

  /** All rows before this one are done. */
  get prefix(): number {
    const first = this.#ranges[0];
    return first?.[0] === 0 ? first[1] : 0;
  }

  /** One past the last row that is done. */
  get end(): number {
    return this.#ranges.at(-1)?.[1] ?? 0;
  }

  toJSON(): readonly RowRange[] {
    return [...this.#ranges];
  }
}
