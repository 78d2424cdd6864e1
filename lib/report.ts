/** What work reports while it runs: events with a level and data, rendered where they reach a person or a program. */

export interface ReportEvent {
  /**
   * `info`, `warning` and `error` are sentences that stay, `error` for how work ended; the next `progress` replaces the
   * last; `output` is another program's own text, passed through.
   */
  readonly level: "info" | "warning" | "error" | "progress" | "output";
  /** Stable name of the kind of event, snake_case, e.g. `engine_building`. */
  readonly code: string;
  /** One sentence for a person; for `output` the text as it came. */
  readonly message: string;
  /** The same for a program, and what a renderer needs, e.g. `{ done: 3, total: 10 }`. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The one channel through which everything is said. */
export type Report = (event: ReportEvent) => void;

/** A report that nobody reads. */
export const noReport: Report = () => {};
