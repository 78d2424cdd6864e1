/** What an import that was killed without a checkpoint had rejected is neither lost nor reported twice by the next. */
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { readRejects, runImport, type Scenario, startImport, startScenario } from "./harness.ts";

const header = "user_id,date,project,hours\n";
const rows = Array.from({ length: 300_000 }, (_, row) => `c${row},2026-03-31,x,${row % 3 === 0 ? 99 : 8}\n`);

const draftsIn = ({ folder }: Scenario) => readdirSync(folder).filter((name) => name.includes(".draft-"));

/** Kills a dry run, which keeps no checkpoint, once it has written rejects. */
async function killWithRejects(scenario: Scenario, file: string): Promise<void> {
  const run = startImport(scenario, [file, "--dry-run"]);
  const hasWritten = () =>
    draftsIn(scenario).some((name) => statSync(path.join(scenario.folder, name)).size > 0);
  while (!hasWritten()) await sleep(2);
  run.kill();
  expect((await run.ended).code).toBeNull();
  expect(draftsIn(scenario)).toHaveLength(1);
}

test("rejects that were written again take the place of those of a killed import", async () => {
  await using scenario = await startScenario();
  const file = scenario.file("hours.csv", header + rows.join(""));
  await killWithRejects(scenario, file);
  const { code, stderr } = await runImport(scenario, [file, "--dry-run"]);
  expect(code, stderr).toBe(10);
  expect(stderr).not.toContain("draft");
  expect(draftsIn(scenario)).toEqual([]);
  expect(readRejects(path.join(scenario.folder, "hours.rejects.csv"))).toHaveLength(100_000);
});

test("rejects of a killed import that the next does not reject stay and are named", async () => {
  await using scenario = await startScenario();
  const file = scenario.file("hours.csv", header + rows.join(""));
  await killWithRejects(scenario, file);
  const [draft = ""] = draftsIn(scenario);
  scenario.file("hours.csv", `${header}c1,2026-03-31,x,8\nc2,2026-03-31,x,99\n`);
  const { code, stderr } = await runImport(scenario, [file, "--dry-run"]);
  expect(code, stderr).toBe(10);
  expect(stderr).toContain(`${draft} stays: an import that was killed had rejected its rows`);
  expect(draftsIn(scenario)).toEqual([draft]);
  expect(readRejects(path.join(scenario.folder, "hours.rejects.csv"))).toHaveLength(1);
});
