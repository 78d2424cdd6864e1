/** A hundred runs of the whole path with ids and secrets of odd shapes: none changes what a command finds or says. */
import { afterEach, expect, test, vi } from "vitest";
import { comparable, createNames } from "../e2e/comparable.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { seededNumbers } from "../helpers/seededIdentifiers.ts";

// Set up before the imports above, since the tenant takes its identifiers from the module that is put in place here.
const numbers = vi.hoisted(() => ({ next: Math.random }));
vi.mock("../../local/tenant/identifiers.ts", async () => {
  const { seededIdentifiers } = await import("../helpers/seededIdentifiers.ts");
  return seededIdentifiers(() => numbers.next());
});

let local: LocalStack | undefined;
afterEach(() => local?.close());

/** A reviver that leaves out what differs between any two runs: durations, ports, and ids of signing keys. */
function masked(this: { id?: unknown }, property: string, value: unknown): unknown {
  if (/^(milliseconds|seconds)$/.test(property)) return undefined;
  if (property === "seen" && /jwks$|key$/.test(String(this.id))) return undefined;
  return typeof value === "string" ? value.replaceAll(/localhost:\d+/g, "<tenant>") : value;
}

/** What a run of the path prints, its ids by name. */
async function walk(seed: number): Promise<Record<string, unknown>> {
  numbers.next = seededNumbers(seed);
  local = await startLocal();
  const name = createNames();
  const printed: Record<string, unknown> = {};
  await local.seed();
  for (const line of [
    "bootstrap --yes --json",
    "verify --json",
    "drift --json",
    "graph --live --json",
    "rotate secret --json",
  ]) {
    const [command = "", ...rest] = line.split(" ");
    const argv = [command, ...(command === "rotate" ? rest.splice(0, 1) : []), "--stack", "local", ...rest];
    const { code, stdout, stderr } = await local.run(argv);
    expect(code, `seed ${seed}: ${line}\n${stderr}${stdout}`).toBe(0);
    printed[`${Object.keys(printed).length} ${line}`] = comparable(JSON.parse(stdout, masked), name);
  }
  await local.close();
  local = undefined;
  return printed;
}

test("the same is printed whatever the ids look like", async () => {
  const first = await walk(1);
  for (let seed = 2; seed <= 100; seed += 1) expect(await walk(seed), `seed ${seed}`).toEqual(first);
});
