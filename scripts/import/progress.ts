/** How an import goes, reported ten times a second; what a terminal or a log gets of it is the reporter's business. */
import { clockTime } from "../../lib/clockTime.ts";
import type { Report } from "../../lib/report.ts";

export interface ProgressState {
  readonly rows: number;
  readonly rejected: number;
  readonly retries: number;
  /** For programs, by name; those by code in objects of their own. */
  readonly counts: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  readonly inFlight: number;
  /** 0 to 1 where the inputs' size is known. */
  readonly share: number | undefined;
}

export interface Progress {
  stop(): void;
}

const interval = 100;

/** Starts to report what `read` returns, until stopped. */
export function reportProgress(report: Report, read: () => ProgressState): Progress {
  const rate = new Rate();
  const timer = setInterval(() => {
    const state = read();
    report({
      level: "progress",
      code: "import_progress",
      message: describeProgress(state, rate),
      data: { ...(state.share !== undefined && { done: state.share, total: 1 }), counts: state.counts },
    });
  }, interval);
  return { stop: () => clearInterval(timer) };
}

/**
 * One line, e.g. `1,240,000 rows  14 rejects  2 retries  41,000/s  0:18 left  8 in flight`: what a narrow terminal cuts
 * off is what matters least.
 */
export function describeProgress(state: Omit<ProgressState, "counts">, rate: Rate): string {
  const perSecond = rate.of(state.rows);
  const left = rate.left(state.share);
  return [
    counted(state.rows, "row", "rows"),
    counted(state.rejected, "reject", "rejects"),
    counted(state.retries, "retry", "retries"),
    `${count(Math.round(perSecond))}/s`,
    ...(left === undefined ? [] : [`${clockTime(left)} left`]),
    `${state.inFlight} in flight`,
  ].join("  ");
}

/** Rows a second over the last few seconds, and what is left at the mean speed of the run. */
export class Rate {
  readonly #now: () => number;
  readonly #start: number;
  #startShare: number | undefined;
  #samples: { at: number; rows: number }[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#start = now();
  }

  of(rows: number): number {
    const at = this.#now();
    this.#samples.push({ at, rows });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > 5000) this.#samples.shift();
    const oldest = this.#samples[0];
    if (!oldest || at === oldest.at) return 0;
    return ((rows - oldest.rows) / (at - oldest.at)) * 1000;
  }

  /** Seconds, or undefined where nothing can be said yet. */
  left(share: number | undefined): number | undefined {
    if (share === undefined) return undefined;
    this.#startShare ??= share;
    const gained = share - this.#startShare;
    if (gained <= 0) return undefined;
    return ((1 - share) / gained) * ((this.#now() - this.#start) / 1000);
  }
}

export function count(value: number): string {
  return value.toLocaleString("en-GB");
}

/** `1 row`, `2 rows`. */
export function counted(number: number, one: string, many: string): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
