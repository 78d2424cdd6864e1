/** Shows how an import goes: a bar on a terminal, elsewhere a line every few seconds. */
import type { Context } from "../terminal/command.ts";
import { isTerminal } from "../terminal/output.ts";

export interface ProgressState {
  readonly rows: number;
  readonly rejected: number;
  readonly retries: number;
  readonly inFlight: number;
  /** 0 to 1 where the inputs' size is known. */
  readonly share: number | undefined;
}

export interface Progress {
  stop(): void;
}

const barEvery = 100;
const lineEvery = 5000;
const barWidth = 24;

/** Starts to show what `read` tells, until stopped. */
export function showProgress(context: Context, read: () => ProgressState): Progress {
  const { stderr } = context;
  const terminal = isTerminal(stderr) && context.env.TERM !== "dumb";
  const rate = new Rate();
  const width = () => (stderr as { columns?: number }).columns ?? 80;
  const tick = () => {
    const line = describeProgress(read(), rate, terminal);
    stderr.write(terminal ? `\r\u001b[2K${line.slice(0, width() - 1)}` : `${line}\n`);
  };
  const timer = setInterval(tick, terminal ? barEvery : lineEvery);
  return {
    stop: () => {
      clearInterval(timer);
      if (terminal) stderr.write("\r\u001b[2K");
    },
  };
}

/** One line, e.g. `[=====>    ] 62 %  1,240,000 rows  41,000/s  0:18 left  8 in flight  2 retries  14 rejects`. */
export function describeProgress(state: ProgressState, rate: Rate, bar: boolean): string {
  const perSecond = rate.of(state.rows);
  const { share } = state;
  const done = share === undefined ? undefined : Math.min(1, share);
  const filled = Math.round((done ?? 0) * barWidth);
  const left = rate.left(done);
  return [
    ...(done === undefined
      ? []
      : [
          ...(bar ? [`[${"=".repeat(filled)}${" ".repeat(barWidth - filled)}]`] : []),
          `${Math.floor(done * 100)} %`,
        ]),
    `${count(state.rows)} rows`,
    `${count(Math.round(perSecond))}/s`,
    ...(left === undefined ? [] : [`${clock(left)} left`]),
    `${state.inFlight} in flight`,
    `${count(state.retries)} retries`,
    `${count(state.rejected)} rejects`,
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

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
