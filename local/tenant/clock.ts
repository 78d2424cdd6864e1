/** The tenant's time, which the control interface may move. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Goes forward (or back) by this many milliseconds and runs on from there. */
  advance(milliseconds: number): void;
  /** Jumps to a moment and runs on from there. */
  set(moment: number): void;
  /** Back to the machine's time. */
  reset(): void;
}

export function createClock(): Clock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
    set: (moment) => {
      offset = moment - Date.now();
    },
    reset: () => {
      offset = 0;
    },
  };
}
