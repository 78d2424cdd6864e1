/** Wherever a run is killed, the next puts its rejects into the file that the first would have. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { noReport } from "../../../lib/report.ts";
import { type KeptRejects, RejectsWriter } from "../../../scripts/import/keep/rejects.ts";

/** A run's way to its end, with what its checkpoint keeps at each place where it may be killed. */
const stops: readonly [string, (writer: RejectsWriter, file: string) => Promise<KeptRejects>][] = [
  ["before it has chosen a file", async (writer) => writer.kept],
  [
    "before the file is made",
    async (writer) => {
      await writer.reserve();
      return writer.kept;
    },
  ],
  [
    "when the file is made and empty",
    async (writer, file) => {
      await writer.reserve();
      writeFileSync(file, "", { mode: 0o600 });
      return writer.kept;
    },
  ],
  [
    "when its rejects have been moved",
    async (writer) => {
      await writer.reserve();
      const { kept } = writer;
      await writer.publish();
      return kept;
    },
  ],
];

const killed = stops.flatMap(([first, stop]) =>
  stops.map(([second, again]) => [`${first}, then ${second}`, stop, again] as const),
);

test.each(killed)("a run that is killed %s", async (_where, stop, again) => {
  const folder = mkdtempSync(path.join(tmpdir(), "timesheets-rejects-"));
  try {
    const file = path.join(folder, "hours.rejects.jsonl");
    const run = async (earlier: KeptRejects | undefined, line: number) => {
      const layout = {
        delimiter: ",",
        lineEnd: "\n",
        hasMark: false,
        layouts: new Map(),
        sources: [],
      } as const;
      const writer = await RejectsWriter.open({
        ...layout,
        format: "jsonl",
        file,
        earlier,
        report: noReport,
      });
      const place = { line, firstLine: line, values: [], isBinary: false, fault: undefined };
      const row = { ...place, original: `{"user_id":"c${line}"}` };
      writer.add([{ file: "hours.jsonl", row, code: "invalid", reason: "It is wrong." }]);
      await writer.flush();
      await writer.forgetEarlier();
      return writer;
    };
    const first = await run(undefined, 1);
    const second = await run(await stop(first, file), 2);
    const third = await run(await again(second, file), 3);
    await third.reserve();
    expect(await third.publish()).toBe(file);
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(3);
    expect(readdirSync(folder)).toEqual(["hours.rejects.jsonl"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
