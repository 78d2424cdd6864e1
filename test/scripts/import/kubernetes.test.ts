/** The manifests of deploy/kubernetes call the import as it is. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import { z } from "zod";
import { runWith, type Scenario, startScenario } from "./harness.ts";

const folder = fileURLToPath(new URL("../../../deploy/kubernetes/", import.meta.url));

const jobSchema = z.looseObject({
  completions: z.int().optional(),
  activeDeadlineSeconds: z.int(),
  podFailurePolicy: z.object({
    rules: z.array(z.object({ action: z.string(), onExitCodes: z.unknown().optional() }).loose()),
  }),
  template: z.object({
    spec: z.looseObject({
      restartPolicy: z.string(),
      containers: z.tuple([
        z.looseObject({
          name: z.string(),
          args: z.array(z.string()),
          env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })),
        }),
      ]),
    }),
  }),
});

type Job = z.infer<typeof jobSchema>;

function onPath(tool: string): boolean {
  return spawnSync(tool, ["--help"], { stdio: "ignore" }).error === undefined;
}

const hasKustomize = onPath("kustomize");

/** The documents that `kubectl apply -k` sends. */
function rendered(name: string): Record<string, unknown>[] {
  const text = execFileSync("kustomize", ["build", path.join(folder, name)], { encoding: "utf8" });
  return parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
}

function written(name: string): Record<string, unknown>[] {
  return [parse(readFileSync(path.join(folder, name), "utf8"))];
}

/** The one Job or CronJob among them. */
function jobOf(documents: readonly Record<string, unknown>[]): Job {
  const jobs = documents.filter(({ kind }) => kind === "Job" || kind === "CronJob");
  expect(jobs).toHaveLength(1);
  const document = z.looseObject({ kind: z.string(), spec: z.unknown() }).parse(jobs[0]);
  const isCron = document.kind === "CronJob";
  const nested = z.looseObject({ jobTemplate: z.looseObject({ spec: z.unknown() }) });
  return jobSchema.parse(isCron ? nested.parse(document.spec).jobTemplate.spec : document.spec);
}

const jobs: readonly { name: string; read: () => Job }[] = [
  { name: "base/cronjob.yaml", read: () => jobOf(written("base/cronjob.yaml")) },
  { name: "overlays/shards/job.yaml", read: () => jobOf(written("overlays/shards/job.yaml")) },
  ...(hasKustomize
    ? ["base", "overlays/shards", "overlays/external-secret"].map((name) => ({
        name: `${name}, rendered,`,
        read: () => jobOf(rendered(name)),
      }))
    : []),
];

/** Runs the container of a job with its arguments and variables, with files of the scenario in the places of its volumes. */
async function runContainer(scenario: Scenario, job: Job, file: string, index?: number) {
  const [container] = job.template.spec.containers;
  const places: Record<string, string> = {
    "/data/hours.csv": file,
    "/credentials/credentials.json": scenario.credentialsFile,
    "/data/token.json": path.join(scenario.folder, "token.json"),
  };
  const variables = container.env.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const env = {
    ...Object.fromEntries(variables),
    ...(index !== undefined && { JOB_COMPLETION_INDEX: String(index) }),
  };
  return runWith(
    scenario,
    container.args.map((word) => places[word] ?? word),
    { env },
  );
}

describe.each(jobs)("$name", ({ read }) => {
  test("gives the import arguments that it takes, and imports every row once", async () => {
    await using scenario = await startScenario();
    const rows = Array.from({ length: 40 }, (_, row) => `contractor-${row},2026-03-31,atlas,8\n`);
    const file = scenario.file("hours.csv", `user_id,date,project,hours\n${rows.join("")}`);
    const job = read();
    const pods = job.completions === undefined ? [undefined] : Array.from({ length: job.completions }).keys();
    for (const index of pods) {
      const { code, stderr } = await runContainer(scenario, job, file, index);
      expect(code, stderr).toBe(0);
      const last = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
      expect(last).toMatchObject({ code: "import_summary", summary: { alreadyStored: 0 } });
    }
    expect(scenario.stored().size).toBe(40);
  });

  test("is tried again where that may help, and only there", () => {
    const { podFailurePolicy, template, activeDeadlineSeconds } = read();
    const refused = podFailurePolicy.rules.find(({ onExitCodes }) => onExitCodes !== undefined);
    expect(refused?.onExitCodes).toEqual({ containerName: "import", operator: "In", values: [2, 3, 10] });
    expect(template.spec.containers[0].name).toBe("import");
    expect(template.spec.restartPolicy).toBe("Never");
    expect(activeDeadlineSeconds).toBeGreaterThan(3600);
  });
});

const externalSecretSchema = z.looseObject({
  spec: z.looseObject({
    target: z.looseObject({
      template: z.looseObject({ data: z.record(z.string(), z.string()) }),
    }),
  }),
});

test.each([
  {
    name: "credentials.example.yaml",
    data: () =>
      z
        .looseObject({ stringData: z.record(z.string(), z.string()) })
        .parse(written("credentials.example.yaml")[0]).stringData,
  },
  {
    name: "overlays/external-secret",
    data: () =>
      externalSecretSchema.parse(written("overlays/external-secret/externalsecret.yaml")[0]).spec.target
        .template.data,
  },
])("$name makes a credentials file that the import takes", async ({ data }) => {
  await using scenario = await startScenario();
  const text = (data()["credentials.json"] ?? "").replaceAll(/\{\{ \.\w+ \| toJson \}\}/g, '"value"');
  const real: Record<string, string> = { ...scenario.tenant.credentials, apiUrl: scenario.api.url };
  const keys = Object.keys(JSON.parse(text) as Record<string, string>);
  writeFileSync(
    scenario.credentialsFile,
    JSON.stringify(Object.fromEntries(keys.map((key) => [key, real[key]]))),
  );
  const file = scenario.file("hours.csv", "user_id,date,project,hours\na,2026-03-31,atlas,8\n");
  const { code, stderr } = await runWith(scenario, [file, "--credentials-file", scenario.credentialsFile]);
  expect(code, stderr).toBe(0);
});

describe("with kustomize and kubectl-validate", () => {
  test.for(["base", "overlays/shards", "overlays/external-secret"])("%s is valid", (name, { skip }) => {
    skip(!hasKustomize, "kustomize is not on PATH");
    skip(!onPath("kubectl-validate"), "kubectl-validate is not on PATH");
    // What it is made of is the External Secrets Operator's to say.
    const documents = rendered(name).filter(({ kind }) => kind !== "ExternalSecret");
    const file = path.join(mkdtempSync(path.join(tmpdir(), "timesheets-manifests-")), "all.yaml");
    writeFileSync(file, documents.map((document) => stringify(document)).join("---\n"));
    const { status, stdout, stderr } = spawnSync("kubectl-validate", [file], { encoding: "utf8" });
    rmSync(path.dirname(file), { recursive: true });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });

  test("the shards take the nightly import's place and are as many as the job says", ({ skip }) => {
    skip(!hasKustomize, "kustomize is not on PATH");
    const documents = rendered("overlays/shards");
    expect(documents.map(({ kind }) => kind).sort()).toEqual(["Job", "PersistentVolumeClaim"]);
    const { completions, template } = jobOf(documents);
    const [{ env }] = template.spec.containers;
    expect(env).toContainEqual({ name: "JOB_COMPLETIONS", value: String(completions) });
  });
});
