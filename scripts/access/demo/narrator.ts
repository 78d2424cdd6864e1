/** Prints a run as it goes: numbered steps, what each found, how long it took. */
import type { Writable } from "node:stream";
import { painter } from "../../terminal/output.ts";

export interface StepTime {
  readonly title: string;
  readonly seconds: number;
}

export interface Narrator {
  /** Announces a step, runs it, and prints the lines that it notes. */
  step<T>(title: string, run: (note: (line: string) => void) => Promise<T>): Promise<T>;
  readonly times: readonly StepTime[];
  /** A line outside any step. */
  line(text?: string): void;
}

/** @param total How many steps there will be. */
export function createNarrator(stream: Writable, env: Readonly<NodeJS.ProcessEnv>, total: number): Narrator {
  const paint = painter(stream, env);
  const times: StepTime[] = [];
  const line = (text = "") => {
    stream.write(`${text}\n`);
  };
  return {
    times,
    line,
    async step(title, run) {
      const start = performance.now();
      line(`${paint("cyan", `[${times.length + 1}/${total}]`)} ${paint("bold", title)}`);
      const result = await run((text) => line(`      ${text}`));
      const seconds = Math.round((performance.now() - start) / 10) / 100;
      times.push({ title, seconds });
      line(paint("dim", `      ${seconds.toFixed(1)} s`));
      return result;
    },
  };
}
