/** How an import ended, as everything that watches over it sees it. */
import type { ExitCode } from "../../../lib/errors.ts";
import type { ImportSummary } from "../summary.ts";

export interface Ending {
  /** Undefined where the import could not start. */
  readonly summary: ImportSummary | undefined;
  readonly exitCode: ExitCode;
  /** Of the whole command, seconds. */
  readonly seconds: number;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}
