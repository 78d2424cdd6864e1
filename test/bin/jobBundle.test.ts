/** The image of the import job, made by hand: the steps of deploy/Dockerfile in empty folders, and the job started there. */
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../helpers/commandLine.ts";
import { plainEnvironment } from "../helpers/environment.ts";
import { startScenario } from "../scripts/import/harness.ts";

const folder = mkdtempSync(path.join(tmpdir(), "timesheets-image-"));
const app = path.join(folder, "app");
const dockerfile = readFileSync(path.join(repository, "deploy", "Dockerfile"), "utf8");

const node = async (cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  try {
    const all = { ...plainEnvironment(), NO_COLOR: "1", ...env };
    return { code: 0, ...(await promisify(execFile)(process.execPath, args, { cwd, env: all })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
};

beforeAll(async () => {
  const build = path.join(folder, "build");
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
    names.split(" "),
  );
  for (const name of copied) cpSync(path.join(repository, name), path.join(build, name), { recursive: true });
  symlinkSync(path.join(repository, "node_modules"), path.join(build, "node_modules"));
  const { code, stderr } = await node(build, ["bin/bundle.js", "job"]);
  expect(code, stderr).toBe(0);
  cpSync(path.join(build, "dist", "job"), app, { recursive: true });
  rmSync(build, { recursive: true });
}, 30_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("copies nothing into the image that .dockerignore leaves out", () => {
  const kept = readFileSync(path.join(repository, ".dockerignore"), "utf8").matchAll(/^!(.+)$/gm);
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
    names.split(" "),
  );
  expect([...kept].map(([, name]) => name).sort()).toEqual(copied.sort());
});

test("imports a file without node_modules, in less than 2 MB and without Pulumi", async () => {
  await using scenario = await startScenario();
  const file = scenario.file("hours.csv", "user_id,date,project,hours\ncontractor-1,2026-03-31,atlas,8\n");
  const args = ["timesheets-import.js", file, "--credentials-file", scenario.credentialsFile];
  const { code, stderr } = await node(app, args, { NODE_EXTRA_CA_CERTS: scenario.tenant.caFile });
  expect(code, stderr).toBe(0);
  expect(scenario.stored().size).toBe(1);
  const files = readdirSync(app).map((name) => path.join(app, name));
  expect(files.reduce((sum, name) => sum + statSync(name).size, 0)).toBeLessThan(2_000_000);
  expect(files.filter((name) => readFileSync(name, "utf8").includes("@pulumi/"))).toEqual([]);
});

test.each([
  {
    args: ["timesheets.csv", "--stack", "production"],
    says: /--stack needs a checkout .*--credentials-file/s,
  },
  { args: ["check"], says: /^There is no job file import\.yaml\./ },
  { args: ["--version"], says: /^\d+\.\d+\.\d+\n$/ },
])("answers $args there", async ({ args, says }) => {
  writeFileSync(
    path.join(folder, "timesheets.csv"),
    "user_id,date,project,hours\ncontractor-1,2026-03-31,atlas,8\n",
  );
  const { stdout, stderr } = await node(folder, [path.join(app, "timesheets-import.js"), ...args]);
  expect(`${stdout}${stderr}`).toMatch(says);
});
