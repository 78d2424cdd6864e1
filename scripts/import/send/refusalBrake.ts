/** Stops an import whose every request is refused, before it has asked about each row by itself. */
import { exitCodes, ToolError } from "../../../lib/errors.ts";

/** Refused requests in a row that any import may have: about 45 bad rows in a row at the start of a batch. */
const most = 100;

/** Further ones for each request that runs at once: one bad row takes a batch of 500 about ten. */
const perSender = 10;

export class RefusalBrake {
  readonly #limit: () => number;
  #inRow = 0;

  /** @param senders Requests that may run at once, now; undefined where the user set a limit on rejects himself. */
  constructor(senders: (() => number) | undefined) {
    this.#limit = () => (senders ? most + perSender * senders() : Number.POSITIVE_INFINITY);
  }

  stored(): void {
    this.#inRow = 0;
  }

  /** @throws {ToolError} `everything_refused`, exit 1 */
  refused(reason: string): void {
    this.#inRow++;
    if (this.#inRow <= this.#limit()) return;
    throw new ToolError(
      "everything_refused",
      `The API refused ${this.#inRow} requests in a row and stored nothing in between. The last reason: ${reason}`,
      {
        exitCode: exitCodes.failure,
        hint: "Fix what it objects to; if so many rows really are to be rejected, allow it with --max-rejects.",
      },
    );
  }
}
