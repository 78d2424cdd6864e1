/** The tenant's time, which the control interface may move. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Goes forward (or back) by this many milliseconds and runs on from there. */
  advance(milliseconds: number): void;
  /** Jumps to a moment and runs on from there. */
  set(moment: number): void;
  /** Stands still until it is released, but for advance and set. */
  stop(stopped: boolean): void;
  /** Back to the machine's time. */
  reset(): void;
}

export function createClock(): Clock {
  let offset = 0;
  let stoppedAt: number | undefined;
  const machine = () => stoppedAt ?? Date.now();
  return {
    now: () => machine() + offset,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
    set: (moment) => {
      offset = moment - machine();
    },
    stop: (stopped) => {
      const now = machine() + offset;
      stoppedAt = stopped ? machine() : undefined;
      offset = now - machine();
    },
    reset: () => {
      offset = 0;
      stoppedAt = undefined;
    },
  };
}
