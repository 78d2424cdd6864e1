/** What an import reports at its end, as a document and as text. */
import { count, counted } from "./progress.ts";

export interface ImportSummary {
  /** accepted + alreadyStored + rejected + merged, except in a dry run, which sends nothing. */
  readonly rows: number;
  /** rows - rejected - merged: in a dry run those that would be sent. */
  readonly valid: number;
  readonly accepted: number;
  readonly alreadyStored: number;
  readonly rejected: number;
  /** Rejected rows by code; a row with two codes is in both. */
  readonly rejectedBy: Readonly<Record<string, number>>;
  /** Rows with the natural key of an earlier row of the input; they are among the others. */
  readonly duplicates: number;
  /** Duplicates that were summed into their first row. */
  readonly merged: number;
  readonly batches: number;
  readonly requests: number;
  /** By cause: a status such as `429`, `timeout`, `connection` (cut), `not_http` or `unreachable`. */
  readonly retries: Readonly<Record<string, number>>;
  /**
   * Requests that were sent again after an answer was lost, where the API does not promise to store an entry once: what
   * they hold may be stored twice.
   */
  readonly perhapsTwice: number;
  /** Tokens that the tenant issued. */
  readonly tokens: number;
  readonly dryRun: boolean;
  /** More than 1 where interrupted runs came before. */
  readonly runs: number;
  readonly seconds: { readonly total: number; readonly thisRun: number };
  /** Of this run. */
  readonly rowsPerSecond: number;
  /** Of this run's requests. */
  readonly latencyMilliseconds: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  } | null;
  readonly rejectsFile: string | null;
  /** Where the import kept its checkpoint, removed when it was done; null where it kept none. */
  readonly checkpoint: string | null;
  /** E.g. an input that was changed while it was read. */
  readonly warnings: readonly string[];
}

/** The lines for a person. */
export function describeSummary(summary: ImportSummary): string[] {
  const { rows, valid, rejected } = summary;
  const lines = summary.dryRun
    ? [
        `${counted(rows, "row", "rows")} read: ${count(valid)} valid, ${count(rejected)} rejected; nothing was sent.`,
      ]
    : [
        `${counted(rows, "row", "rows")}: ${count(summary.accepted)} accepted, ${count(summary.alreadyStored)} already stored, ${count(rejected)} rejected.`,
        `${summary.seconds.total.toFixed(1)} s, ${count(summary.rowsPerSecond)} rows/s, ${counted(summary.batches, "batch", "batches")} in ${counted(summary.requests, "request", "requests")}, ${describeRetries(summary.retries)}${summary.requests === 0 ? "" : `, ${describeTokens(summary.tokens)}`}.`,
      ];
  if (summary.duplicates > 0) {
    lines.push(
      `${counted(summary.duplicates, "row has", "rows have")} the natural key of an earlier row of the input${summary.merged > 0 ? `; ${counted(summary.merged, "was", "were")} summed into it` : ""}.`,
    );
  }
  if (summary.latencyMilliseconds) {
    const { p50, p95, p99, max } = summary.latencyMilliseconds;
    const [a, b, c, d] = [p50, p95, p99, max].map((value) => value.toFixed(1));
    lines.push(`Answers took ${a} ms in the median, ${b} ms at p95, ${c} ms at p99, ${d} ms at most.`);
  }
  if (summary.perhapsTwice > 0) {
    lines.push(
      `${counted(summary.perhapsTwice, "request was", "requests were")} sent again after an answer was lost: this API may have stored ${summary.perhapsTwice === 1 ? "its" : "their"} entries twice.`,
    );
  }
  if (summary.rejectsFile !== null) {
    lines.push(`The rejected rows are in ${summary.rejectsFile}: correct them there and import that file.`);
  }
  return lines;
}

function describeRetries(retries: Readonly<Record<string, number>>): string {
  const causes = Object.entries(retries);
  const total = causes.reduce((sum, [, times]) => sum + times, 0);
  if (total === 0) return "no retries";
  return `${counted(total, "retry", "retries")} (${causes.map(([cause, times]) => `${cause}: ${count(times)}`).join(", ")})`;
}

function describeTokens(tokens: number): string {
  if (tokens === 0) return "the token of an earlier run";
  return tokens === 1 ? "1 token" : `${tokens} tokens`;
}
