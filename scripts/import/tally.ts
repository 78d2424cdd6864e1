/** What an import counts and times, for its progress, its checkpoint and its summary. */
import { createHistogram } from "node:perf_hooks";

/** Counts that belong to finished rows: a checkpoint keeps them, so that a resumed import adds to them. */
export interface RowCounts {
  rows: number;
  accepted: number;
  alreadyStored: number;
  rejected: number;
  batches: number;
  /** Rows with the natural key of an earlier row of the input, whatever became of them. */
  duplicates: number;
  /** Duplicates that were summed into their first row, and so are neither sent nor rejected. */
  merged: number;
}

/** Codes of rejects that are counted apart; an API may answer with any number of them. */
const mostCodes = 50;

export interface RequestCounts {
  requests: number;
  /** By cause: a status such as `429`, `timeout`, `connection` (cut), `not_http` or `unreachable`. */
  retries: Record<string, number>;
}

const noRows: RowCounts = {
  rows: 0,
  accepted: 0,
  alreadyStored: 0,
  rejected: 0,
  batches: 0,
  duplicates: 0,
  merged: 0,
};

export class Tally {
  readonly rows: RowCounts;
  /** Rejected rows by code; a row with two codes is in both. */
  readonly rejectedBy: Record<string, number>;
  readonly #requests: RequestCounts;
  #unheard = 0;
  /** Microseconds. */
  readonly #latencies = createHistogram();

  constructor(
    rows?: RowCounts,
    requests?: RequestCounts & { readonly rejectedBy: Readonly<Record<string, number>> },
  ) {
    this.rows = { ...(rows ?? noRows) };
    this.rejectedBy = { ...requests?.rejectedBy };
    this.#requests = { requests: requests?.requests ?? 0, retries: { ...requests?.retries } };
  }

  /** @param codes Of one row, joined by commas. */
  reject(codes: string): void {
    this.rows.rejected++;
    for (const code of codes.split(",")) {
      const known = Object.hasOwn(this.rejectedBy, code) || Object.keys(this.rejectedBy).length < mostCodes;
      const counted = known ? code : "other";
      this.rejectedBy[counted] = (this.rejectedBy[counted] ?? 0) + 1;
    }
  }

  get requests(): RequestCounts {
    return this.#requests;
  }

  /** All retries, whatever their cause. */
  get retryTotal(): number {
    return Object.values(this.#requests.retries).reduce((sum, count) => sum + count, 0);
  }

  /** @param milliseconds From sending to the whole answer. */
  request(milliseconds: number): void {
    this.#requests.requests++;
    this.#latencies.record(Math.max(1, Math.round(milliseconds * 1000)));
  }

  /** Counts an attempt after which an API may have stored what it did not confirm. */
  unheard(): void {
    this.#unheard++;
  }

  /** Attempts of this run whose answer was lost. */
  get unheardAttempts(): number {
    return this.#unheard;
  }

  retry(cause: string): void {
    this.#requests.retries[cause] = (this.#requests.retries[cause] ?? 0) + 1;
  }

  /** Milliseconds; null where nothing was sent in this run. */
  latency(): { p50: number; p95: number; p99: number; max: number } | null {
    if (this.#latencies.count === 0) return null;
    const at = (percentile: number) => this.#latencies.percentile(percentile) / 1000;
    return { p50: at(50), p95: at(95), p99: at(99), max: this.#latencies.max / 1000 };
  }
}
