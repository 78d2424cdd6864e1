/** A tenant in which every text is hostile, and every command that shows it: nothing reaches a terminal raw. */
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { faultOrder } from "../../helpers/faults.ts";
import { type LocalStack, startLocal } from "../../helpers/localStack.ts";

/** Erases a line, forges one, reorders what follows, and begins a command of a CI system. */
const hostile = [
  "x\u001b[2K\u001b[1A\rFORGED",
  "FORGED + create nothing",
  "::error::FORGED",
  "##vso[task.complete]FORGED\u2028FORGED\u0085FORGED\u009b2J\u202eevil\u2066\u200f",
].join("\n");

let stack: LocalStack;
let clientId: string;
beforeAll(async () => {
  stack = await startLocal();
  const { timesheets } = await stack.seed();
  clientId = timesheets?.clientId ?? "";
  const send = (method: "POST" | "PATCH", at: string, body: unknown) =>
    stack.management.send(method, at, body, z.unknown());
  await send("PATCH", `resource-servers/${timesheets?.resourceServerId}`, {
    name: `Timesheets ${hostile}`,
    scopes: [
      { value: "batch:upload", description: hostile },
      { value: "hostile:scope", description: hostile },
    ],
  });
  await send("PATCH", `clients/${clientId}`, { description: hostile, client_metadata: { team: hostile } });
  const other = z.object({ client_id: z.string() });
  const made = await stack.management.send(
    "POST",
    "clients",
    { name: `Other ${hostile}`, app_type: "non_interactive", grant_types: ["client_credentials"] },
    other,
  );
  await send("POST", "client-grants", {
    client_id: made.client_id,
    audience: "https://api.exampleco.com/timesheets",
    scope: ["hostile:scope"],
  });
}, 120_000);
afterAll(() => stack?.close());

// A newline may end a line that a command wrote; nothing else that steers or reorders may be there.
const steering = /(?!\n)\p{Cc}|[\p{Zl}\p{Zp}]|\p{Bidi_Control}/u;

function problemsIn(text: string): string[] {
  return text
    .split("\n")
    .flatMap((line) => [
      ...(steering.test(line) ? [`raw: ${JSON.stringify(line)}`] : []),
      ...(/^\W*(FORGED|::\w|##vso)/.test(line) ? [`forged: ${line}`] : []),
    ]);
}

const drift = (format: string) => ["drift", "--stack", "local", "--scan-applications", "--format", format];

test.each([
  ["the plan", ["bootstrap", "--stack", "local", "--dry-run"]],
  ["the plan as JSON", ["bootstrap", "--stack", "local", "--dry-run", "--json"]],
  ["drift", ["drift", "--stack", "local", "--scan-applications", "--blame"]],
  ["drift in Markdown", drift("markdown")],
  ["drift as JSON", drift("json")],
  ["verify", ["verify", "--stack", "local"]],
  ["the graph as Mermaid", ["graph", "--live", "--stack", "local", "--format", "mermaid"]],
  ["the graph as DOT", ["graph", "--live", "--stack", "local", "--format", "dot"]],
  ["the graph as SVG", ["graph", "--live", "--stack", "local", "--format", "svg"]],
  ["the graph as JSON", ["graph", "--live", "--stack", "local", "--format", "json"]],
])(
  "%s shows no name raw",
  async (_, argv) => {
    const { code, stdout, stderr } = await stack.run(argv);
    expect([0, 2, 4, 6, 7], stderr).toContain(code);
    expect(problemsIn(stdout)).toEqual([]);
    expect(problemsIn(stderr)).toEqual([]);
  },
  60_000,
);

test("a report in a file is as clean", async () => {
  const files = ["text", "markdown", "json"].map((format) => [
    format,
    path.join(stack.folder, `report.${format}`),
  ]);
  const outputs = files.flatMap(([format, file]) => ["--output", `${format}=${file}`]);
  await stack.run(["drift", "--stack", "local", "--scan-applications", ...outputs]);
  for (const [, file = ""] of files) {
    expect(problemsIn(readFileSync(file, "utf8"))).toEqual([]);
    rmSync(file);
  }
}, 60_000);

test("two applications of one hostile name are named clean, as the note of a report too", async () => {
  const twin = {
    name: "Twin \u001b[2K\u009b2J\u202eevil\u2066",
    app_type: "non_interactive",
    grant_types: ["client_credentials"],
  };
  const name = JSON.stringify(twin.name);
  const yaml = readFileSync(stack.modelFile, "utf8");
  for (let count = 0; count < 2; count += 1) {
    await stack.management.send("POST", "clients", twin, z.unknown());
  }
  await stack.setModel(
    yaml.replace(/adopts: .*/, `adopts: ${name}`).replace("name: Timesheets Import Job", `name: Nobody`),
  );
  try {
    for (const argv of [
      drift("text"),
      drift("markdown"),
      drift("json"),
      ["bootstrap", "--stack", "local", "--dry-run"],
    ]) {
      const { stdout, stderr } = await stack.run(argv);
      expect(stdout + stderr).toContain("Twin");
      expect(problemsIn(stdout + stderr)).toEqual([]);
    }
  } finally {
    await stack.setModel(yaml);
  }
}, 60_000);

describe("a stack whose state holds such names", () => {
  beforeAll(async () => {
    const { code, stderr } = await stack.run(["bootstrap", "--stack", "local", "--yes"]);
    // 4: the other application is authorized on the API.
    expect(code, stderr).toBe(4);
    await stack.management.send("PATCH", `clients/${clientId}`, { name: `Job ${hostile}` }, z.unknown());
    await stack.pulumi.must(["refresh", "--yes", "--skip-preview"]);
  }, 120_000);

  test.each([
    ["a rotation", ["rotate", "secret"]],
    ["a rehearsed release", ["release", "import-job", "--dry-run"]],
    ["verify", ["verify"]],
    ["what --fix leaves and writes", ["drift", "--fix", "--yes"]],
    ["a refused teardown", ["teardown", "--yes"]],
    ["a teardown", ["teardown", "--yes", "--adopted", "delete"]],
  ])(
    "%s shows no name raw",
    async (_, argv) => {
      const { code, stdout, stderr } = await stack.run([...argv, "--stack", "local"]);
      expect([0, 2, 4, 7], stderr).toContain(code);
      expect(problemsIn(stdout + stderr)).toEqual([]);
    },
    120_000,
  );
});

test.each([
  ["for a person", []],
  ["as JSON", ["--json"]],
])(
  "an error that the API put into words is clean %s",
  async (_, options) => {
    const body = { statusCode: 403, error: hostile, message: hostile, errorCode: hostile };
    for (const argv of [
      ["drift", "--stack", "local"],
      ["graph", "--live", "--stack", "local"],
      ["bootstrap", "--stack", "local", "--dry-run"],
    ]) {
      await stack.fault(faultOrder({ path: "/api/v2/*", count: 30 }, { status: 403, body }));
      const { code, stdout, stderr } = await stack.run([...argv, ...options]);
      await stack.fault();
      expect([1, 3]).toContain(code);
      expect(problemsIn(stdout + stderr)).toEqual([]);
    }
  },
  60_000,
);

test("a refusal of the token endpoint is clean", async () => {
  const body = { error: hostile, error_description: hostile };
  await stack.fault(faultOrder({ path: "/oauth/token", count: 30 }, { status: 403, body }));
  const { stdout, stderr } = await stack.run(["drift", "--stack", "local"]);
  expect(problemsIn(stdout + stderr)).toEqual([]);
});
