/** Progress on a stream: one line that updates itself on a terminal, elsewhere a plain line now and then. */
import type { Writable } from "node:stream";
import { isTerminal, widthOf } from "./stream.ts";

export interface ProgressDisplay {
  /**
   * Shows where work stands; may be called as often as one likes.
   * @param share 0 to 1, where the size of the work is known.
   */
  show(text: string, share?: number): void;
  /** Takes the last progress off the terminal; called before anything else is written. */
  clear(): void;
}

export interface ProgressOptions {
  /** How long a log stays silent before it gets a line of progress, milliseconds. @default 5000 */
  readonly interval?: number;
  /** The time, milliseconds. @default Date.now */
  readonly now?: () => number;
}

// What is on a terminal's last line is a fact about the terminal, no matter which part writes the next line.
const displays = new WeakMap<Writable, ProgressDisplay>();

/** The progress display of a stream; `options` count at the first call for it. */
export function progressOn(
  stream: Writable,
  env: Readonly<NodeJS.ProcessEnv>,
  options: ProgressOptions = {},
): ProgressDisplay {
  const known = displays.get(stream);
  if (known) return known;
  const display =
    isTerminal(stream) && env.TERM !== "dumb" ? updatingLine(stream, env) : plainLines(stream, options);
  displays.set(stream, display);
  return display;
}

const clearLine = "\r\u001B[2K";

function updatingLine(stream: Writable, env: Readonly<NodeJS.ProcessEnv>): ProgressDisplay {
  let shown: string | undefined;
  return {
    show: (text, share) => {
      // One column stays free: a full line would wrap, and the next update would leave its first half behind.
      const width = (widthOf(stream, env) ?? 80) - 1;
      const line = [...`${bar(share, width - text.length)}${text}`].slice(0, width).join("");
      if (line === shown) return;
      stream.write(`${clearLine}${line}`);
      shown = line;
    },
    clear: () => {
      if (shown !== undefined) stream.write(clearLine);
      shown = undefined;
    },
  };
}

function plainLines(
  stream: Writable,
  { interval = 5_000, now = Date.now }: ProgressOptions,
): ProgressDisplay {
  let last = now();
  const written = () => {
    last = now();
  };
  return {
    show: (text, share) => {
      if (now() - last < interval) return;
      written();
      stream.write(`${share === undefined ? "" : `${percent(share)}  `}${text}\n`);
    },
    clear: written,
  };
}

const widestBar = 24;
const narrowestBar = 6;

/** `[=====>    ] 62 %  `, without the brackets where `room` columns do not hold them beside the text. */
function bar(share: number | undefined, room: number): string {
  if (share === undefined) return "";
  const figures = `${percent(share)}  `;
  const width = Math.min(widestBar, room - figures.length - "[] ".length);
  if (width < narrowestBar) return figures;
  const filled = Math.round(Math.min(1, share) * width);
  return `[${"=".repeat(filled)}${" ".repeat(width - filled)}] ${figures}`;
}

function percent(share: number): string {
  return `${Math.floor(Math.min(1, share) * 100)} %`;
}
