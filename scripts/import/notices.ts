/** What is odd about single rows, reported a few of a kind, so that a strange file does not fill the log. */
import type { Report } from "../../lib/report.ts";
import type { Notice } from "./send/pipeline.ts";

/** Notices of one kind that are reported one by one. */
const inFull = 20;

export class Notices {
  readonly #report: Report;
  readonly #counts = new Map<string, number>();

  constructor(report: Report) {
    this.#report = report;
  }

  add({ code, file, line, detail }: Notice): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count > inFull) return;
    const message = `${file}, line ${line}: ${detail}.`.replace(/([.?])\.$/, "$1");
    this.#report({ level: "warning", code, message, data: { file, line } });
  }

  /** Reports how many more there were. */
  reportRest(): void {
    for (const [code, count] of this.#counts) {
      if (count <= inFull) continue;
      const message = `${count - inFull} more like these (${code}).`;
      this.#report({ level: "warning", code, message, data: { count } });
    }
  }
}
