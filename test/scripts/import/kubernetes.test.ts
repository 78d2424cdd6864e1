/** The manifests of deploy/kubernetes call the import as it is. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { runWith, startScenario } from "./harness.ts";

const folder = new URL("../../../deploy/kubernetes/", import.meta.url);

interface Container {
  readonly name: string;
  readonly args: readonly string[];
}

const jobs = readdirSync(folder)
  .filter((name) => name.endsWith("job.yaml"))
  .map((name) => {
    const document = parse(readFileSync(new URL(name, folder), "utf8"));
    const spec = document.kind === "CronJob" ? document.spec.jobTemplate.spec : document.spec;
    return { name, spec, container: spec.template.spec.containers[0] as Container };
  });

test.each(jobs)("$name gives the import arguments that it takes", async ({ container }) => {
  await using scenario = await startScenario();
  const file = scenario.file("hours-3.csv", "user_id,date,project,hours\ncontractor-1,2026-03-31,atlas,8\n");
  const places: Record<string, string> = {
    "/credentials/credentials.json": scenario.credentialsFile,
    "/data/token.json": `${scenario.folder}/token.json`,
  };
  const args = container.args.map((word) => (/^\/data\/hours/.test(word) ? file : (places[word] ?? word)));
  const { code, stdout } = await runWith(scenario, args);
  expect(code, stdout).toBe(0);
  expect(scenario.stored().size).toBe(1);
});

test.each(jobs)("$name tries again what may pass, and only that", ({ spec, container }) => {
  const [, refused] = spec.podFailurePolicy.rules;
  expect(refused.onExitCodes).toEqual({ containerName: container.name, operator: "In", values: [2, 3, 10] });
  expect(spec.template.spec.restartPolicy).toBe("Never");
  expect(spec.activeDeadlineSeconds).toBeGreaterThan(3600);
});
