/** Finds the end of a CSV record that is too long to be held, keeping none of it. */

const [lineFeed, carriageReturn, quote] = [0x0a, 0x0d, 0x22];

/** Where in a record a byte comes: a cell is quoted where its first character is a quote. */
type Place = "cellStart" | "plain" | "quoted" | "afterQuote";

export class RecordSkipper {
  readonly #delimiter: Buffer;
  #place: Place = "cellStart";
  /** Bytes of the delimiter that came last. */
  #matched = 0;
  #lastWasReturn = false;
  #lines = 0;

  constructor(delimiter: string) {
    this.#delimiter = Buffer.from(delimiter);
  }

  /** Line ends within the record. */
  get lines(): number {
    return this.#lines;
  }

  /** True where the last byte lies within a quoted cell. */
  get isQuoted(): boolean {
    return this.#place === "quoted";
  }

  /** @returns where the line end lies that ends the record; undefined where the chunk holds no such end */
  push(chunk: Buffer): number | undefined {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (byte === lineFeed || byte === carriageReturn) {
        if (this.#place !== "quoted") return index;
        if (byte === carriageReturn || !this.#lastWasReturn) this.#lines++;
      } else if (byte === quote && this.#place !== "plain") {
        // Two quotes within a quoted cell are one that belongs to it.
        this.#place = this.#place === "quoted" ? "afterQuote" : "quoted";
      } else if (this.#place !== "quoted") this.#place = this.#endsDelimiter(byte) ? "cellStart" : "plain";
      this.#lastWasReturn = byte === carriageReturn;
    }
    return undefined;
  }

  #endsDelimiter(byte: number): boolean {
    const continues = byte === this.#delimiter[this.#matched];
    this.#matched = continues ? this.#matched + 1 : byte === this.#delimiter[0] ? 1 : 0;
    if (this.#matched < this.#delimiter.length) return false;
    this.#matched = 0;
    return true;
  }
}
