/** How long work tells where it stands: one updating line on a terminal, a plain line every ten seconds elsewhere. */
import type { Writable } from "node:stream";

export interface Report {
  /** Says something that stays. */
  line(text: string): void;
  /** Says where things stand; the next call replaces it. May be called as often as one likes. */
  progress(text: string): void;
  /** Takes the last progress off a terminal, so that whatever is written next starts on a line of its own. */
  clear(): void;
}

export interface ReportOptions {
  /** Least time between two plain progress lines, milliseconds. @default 10_000 */
  readonly interval?: number;
  /** The time, milliseconds. @default Date.now */
  readonly now?: () => number;
}

const clearLine = "\r\u001B[2K";

/** A report for people, on a stream of prose such as stderr. */
export function createReport(stream: Writable, options: ReportOptions = {}): Report {
  const { interval = 10_000, now = Date.now } = options;
  const terminal = stream as Writable & { isTTY?: boolean; columns?: number };
  if (terminal.isTTY) {
    let pending = false;
    const clear = () => {
      if (pending) stream.write(clearLine);
      pending = false;
    };
    return {
      clear,
      line: (text) => {
        clear();
        stream.write(`${text}\n`);
      },
      progress: (text) => {
        // One column stays free: a full line would wrap, and the next update would leave its first half behind.
        stream.write(`${clearLine}${text.slice(0, (terminal.columns ?? 80) - 1)}`);
        pending = true;
      },
    };
  }
  let last = Number.NEGATIVE_INFINITY;
  return {
    clear: () => {},
    line: (text) => {
      stream.write(`${text}\n`);
    },
    progress: (text) => {
      if (now() - last < interval) return;
      last = now();
      stream.write(`${text}\n`);
    },
  };
}

/** A report that nobody hears. */
export const silent: Report = { line: () => {}, progress: () => {}, clear: () => {} };

/** Minutes and seconds since `start` (milliseconds), as `2:05`. */
export function elapsed(start: number, now = Date.now()): string {
  const seconds = Math.floor((now - start) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
