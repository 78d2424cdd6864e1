/** Saves an import's progress from time to time: rejects first, then the checkpoint that counts them in. */
import { ToolError } from "../../../lib/errors.ts";
import { type CheckpointState, writeCheckpoint } from "./checkpoint.ts";
import type { RejectsWriter } from "./rejects.ts";

export interface CheckpointSaverOptions {
  /** Undefined keeps none; rejects are written all the same. */
  readonly file: string | undefined;
  readonly rejects: RejectsWriter;
  /** Rows that are done by the checkpoint that is there. */
  readonly savedRows: number;
  /** Throws where another process has taken over; awaited before every write. */
  readonly assertHeld: () => Promise<void>;
  /** Called once where a save finds that another process has taken over. */
  readonly onLost: (error: unknown) => void;
  /** The progress at the moment of the call. */
  readonly state: () => CheckpointState;
}

/** Shortest and longest pause between saves, milliseconds. */
const shortest = 1000;
const longest = 30_000;

/** Times as long as a save took, so that a slow disk is not kept busy by saves: 2 % of the time at most. */
const pauseFactor = 50;

export class CheckpointSaver {
  readonly #options: CheckpointSaverOptions;
  #saving: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #savedRows: number;

  constructor(options: CheckpointSaverOptions) {
    this.#options = options;
    this.#savedRows = options.savedRows;
  }

  /** Rows that are done by the checkpoint on disk. */
  get savedRows(): number {
    return this.#savedRows;
  }

  /** Saves the progress as it is now; settles when it is on disk, after any save before it. */
  save(): Promise<void> {
    const { file, rejects, state, assertHeld, onLost } = this.#options;
    // What is flushed and what is counted are taken in one step, or a crash could part them.
    const current = file === undefined ? undefined : state();
    const flushed = rejects.flush();
    // A failure is reported below; until the save before has ended nobody listens.
    flushed.catch(() => {});
    this.#saving = this.#saving
      .catch(() => {})
      .then(async () => {
        await flushed;
        if (file === undefined || !current) return;
        await writeCheckpoint(file, current, assertHeld);
        this.#savedRows = current.counts.rows;
        await rejects.forgetEarlier();
      });
    this.#saving.catch((error: unknown) => {
      if (error instanceof ToolError && error.code === "lock_lost") onLost(error);
    });
    return this.#saving;
  }

  /** Saves until stopped. A failure is left to the save at the end, which cannot be missed. */
  start(): void {
    this.#saveAfter(shortest);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #saveAfter(pause: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(async () => {
      const begun = performance.now();
      await this.save().catch(() => {});
      const took = performance.now() - begun;
      this.#saveAfter(Math.min(longest, Math.max(shortest, took * pauseFactor)));
    }, pause);
  }
}
