/** Imports that are killed at random moments and resumed until they are done: nothing is lost, nothing doubled. */
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readRejects, spawnImport, startScenario } from "../scripts/import/harness.ts";
import { compare, mixedRows } from "../scripts/import/mixedRows.ts";

const wanted = Number(process.env.SOAK_RUNS ?? 200);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);

/** Random moments that a seed repeats (mulberry32). */
function random(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe(`imports killed at random moments, seed ${seed}`, () => {
  const rows = mixedRows(20_000);
  const moments = random(seed);

  test(`${wanted} imports that were killed leave every valid entry stored once and every invalid row rejected once`, async () => {
    let kills = 0;
    let imports = 0;
    let struck = 0;
    // Milliseconds that an import takes from start to end on this machine, so that most kills find it at work.
    let usual = 2000;
    for (; struck < wanted; imports++) {
      await using scenario = await startScenario();
      const file = scenario.file("hours.csv", rows.csv);
      const batchSize = String([50, 200, 333][imports % 3]);
      const args = [file, "--json", "--batch-size", batchSize, "--concurrency", "4"];
      let killed = 0;
      const begun = performance.now();
      let ended = await spawnImport(scenario, args, { killAfter: usual * (0.2 + 0.8 * moments()) });
      if (ended.code !== null) usual = performance.now() - begun;
      while (ended.code === null) {
        killed++;
        ended = await spawnImport(scenario, args, { killAfter: usual * (0.2 + 1.6 * moments()) });
      }
      kills += killed;
      if (killed > 0) struck++;
      const where = `import ${imports}, killed ${killed} times: ${ended.stderr}`;
      expect(ended.code, where).toBe(10);
      const summary = JSON.parse(ended.stdout) as Record<string, number>;
      expect(summary.rows, where).toBe(20_000);
      expect((summary.accepted ?? 0) + (summary.alreadyStored ?? 0) + (summary.rejected ?? 0), where).toBe(
        20_000,
      );
      const rejects = readRejects(path.join(scenario.folder, "hours.rejects.csv"));
      const problems = compare(
        rows,
        scenario.stored(),
        rejects.map(({ _line }) => Number(_line)),
      );
      expect(problems, where).toEqual([]);
      expect(existsSync(`${file}.checkpoint.json`), where).toBe(false);
      if ((imports + 1) % 20 === 0) process.stderr.write(`${imports + 1} imports, ${kills} kills\n`);
    }
    process.stderr.write(
      `${struck} of ${imports} imports killed, ${kills} kills: nothing lost, nothing doubled\n`,
    );
  });
});
