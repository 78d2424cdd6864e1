/** Imports that are killed at random moments and resumed until they are done: nothing is lost, nothing doubled. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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

const shards = 4;

describe(`shards killed at random moments while the API restarts, seed ${seed}`, () => {
  const rows = mixedRows(20_000);
  const moments = random(seed + 1);

  test(`${wanted} shards that were killed, four at once, leave every valid entry stored once and every invalid row rejected once`, async () => {
    let kills = 0;
    let restarts = 0;
    let imports = 0;
    let struck = 0;
    // Milliseconds that a shard takes from start to end beside the others.
    let usual = 3000;
    for (; struck < wanted; imports++) {
      await using scenario = await startScenario();
      const file = scenario.file("hours.csv", rows.csv);
      const batchSize = String([50, 200, 333][imports % 3]);
      const runShard = async (index: number) => {
        const args = [file, "--json", "--batch-size", batchSize, "--shard", `${index}/${shards}`];
        for (let killed = 0; ; killed++) {
          const begun = performance.now();
          // Longer each time, so that a busy machine gets to the end as well.
          const killAfter = usual * (0.2 + 0.8 * moments()) * (1 + killed);
          const ended = await spawnImport(scenario, args, { killAfter });
          if (ended.code === null) continue;
          if (killed === 0) usual = performance.now() - begun;
          return { index, killed, ended };
        }
      };
      const running = Promise.all(Array.from({ length: shards }, (_, index) => runShard(index)));
      const over = new AbortController();
      const stop = running.finally(() => over.abort());
      stop.catch(() => {});
      while (!over.signal.aborted) {
        await sleep(usual * (0.2 + moments()), undefined, { signal: over.signal }).catch(() => {});
        if (over.signal.aborted) break;
        await scenario.restartApi();
        restarts++;
      }
      const where = `import ${imports}`;
      const lines: number[] = [];
      let total = 0;
      for (const { index, killed, ended } of await running) {
        const shard = `${where}, shard ${index}, killed ${killed} times: ${ended.stderr}`;
        kills += killed;
        if (killed > 0) struck++;
        expect(ended.code, shard).toBe(10);
        const summary = JSON.parse(ended.stdout) as Record<string, number>;
        total += summary.rows ?? 0;
        expect((summary.accepted ?? 0) + (summary.alreadyStored ?? 0) + (summary.rejected ?? 0), shard).toBe(
          summary.rows,
        );
        const rejects = path.join(scenario.folder, `hours.shard-${index}-of-${shards}.rejects.csv`);
        lines.push(...readRejects(rejects).map(({ _line }) => Number(_line)));
      }
      expect(total, where).toBe(20_000);
      const problems = compare(rows, scenario.stored(), lines);
      expect(problems, where).toEqual([]);
      const drafts = readdirSync(scenario.folder).filter((name) => /draft|\.lock/.test(name));
      expect(drafts, where).toEqual([]);
      if ((imports + 1) % 5 === 0) {
        process.stderr.write(`${imports + 1} imports, ${kills} kills, ${restarts} restarts of the API\n`);
      }
    }
    process.stderr.write(
      `${imports} imports in ${shards} shards, ${struck} shards killed, ${kills} kills, ${restarts} restarts of the API: nothing lost, nothing doubled\n`,
    );
  });
});
