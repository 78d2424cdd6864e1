/** Stacks of earlier releases, whose components had other types: nothing of them is made again. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";

let local: LocalStack;
let ids: unknown;
beforeAll(async () => {
  local = await startLocal();
  const { code, stderr } = await local.run(["bootstrap", "--stack", "local", "--yes"]);
  expect(code, stderr).toBe(0);
  ids = await idsOfTenant();
});
afterAll(() => local.close());

/** Client ids and API ids as the stack's outputs give them. */
async function idsOfTenant(): Promise<unknown> {
  return JSON.parse((await local.pulumi.must(["stack", "output", "--json"])).stdout);
}

/** Gives the state the types that an earlier release would have written. */
async function useFormerTypes(): Promise<void> {
  const { stdout } = await local.pulumi.must(["stack", "export"]);
  expect(stdout).toContain("auth0-m2m:access:");
  const file = path.join(local.folder, "former.json");
  await writeFile(file, stdout.replaceAll("auth0-m2m:access:", "timesheets:access:"));
  await local.pulumi.must(["stack", "import", "--file", file]);
}

async function typesInState(): Promise<string[]> {
  const { stdout } = await local.pulumi.must(["stack", "export"]);
  return [...new Set(stdout.match(/(auth0-m2m|timesheets):access:\w+/g))].sort();
}

test("up gives components their present types and writes nothing to the tenant", async () => {
  await useFormerTypes();
  const before = await local.writes();
  const { stdout } = await local.pulumi.must(["up", "--yes", "--skip-preview", "--json"]);
  expect(JSON.stringify(stdout)).not.toMatch(/"op": ?"(create|delete|replace)/);
  expect(await local.writes()).toEqual(before);
  expect(await typesInState()).toEqual(["auth0-m2m:access:MachineApp", "auth0-m2m:access:ProtectedApi"]);
  expect(await idsOfTenant()).toEqual(ids);
});

test("bootstrap finds such a stack finished", async () => {
  await useFormerTypes();
  const { code, stdout, stderr } = await local.run(["bootstrap", "--stack", "local", "--yes"]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("Nothing to do");
});

test("drift --fix writes back what was changed and leaves an addition alone", {
  tags: ["soak"],
}, async () => {
  await useFormerTypes();
  const { apis, applications } = ids as {
    apis: Record<string, { id: string; identifier: string }>;
    applications: Record<string, { clientId: string }>;
  };
  await local.management.send(
    "PATCH",
    `resource-servers/${apis.timesheets?.id}`,
    { scopes: [...scopesOf(local), { value: "added:by-hand", description: "Added by hand" }] },
    z.unknown(),
  );
  await local.management.send(
    "PATCH",
    `clients/${applications["import-job"]?.clientId}`,
    { name: "Renamed by hand" },
    z.unknown(),
  );
  const { code, stdout, stderr } = await local.run(["drift", "--stack", "local", "--fix", "--yes"]);
  expect(code, stdout + stderr).toBe(7);
  const names = await local.management.list("clients", "clients", z.object({ name: z.string() }));
  expect(names.map(({ name }) => name)).not.toContain("Renamed by hand");
  const api = await local.management.get(
    `resource-servers/${apis.timesheets?.id}`,
    z.object({ scopes: z.array(z.object({ value: z.string() })) }),
  );
  expect(api?.scopes.map(({ value }) => value)).toContain("added:by-hand");
});

function scopesOf({ model }: LocalStack): { value: string; description: string }[] {
  const [api] = Object.values(model().apis);
  return Object.entries(api?.scopes ?? {}).map(([value, description]) => ({ value, description }));
}
