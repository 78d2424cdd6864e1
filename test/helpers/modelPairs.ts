/** Random models one after the other on a local stack: keys renamed, objects dropped, added, released and taken back. */
import fc from "fast-check";
import { expect } from "vitest";
import { z } from "zod";
import type { LocalStack } from "./localStack.ts";

/** What becomes of one object at a step. */
type Fate = "keep" | "rename" | "rename, said by formerly" | "drop" | "release";

export interface ModelStep {
  /** By number of the object; one that is absent at the time is added, whatever its fate. */
  readonly apis: readonly Fate[];
  readonly applications: readonly Fate[];
}

const fates: readonly Fate[] = ["keep", "rename", "rename, said by formerly", "drop", "release"];
const lasting = fates.slice(0, 3);

// The first of each kind stays, so that the model is never empty.
const fatesOf = (objects: number) =>
  fc.tuple(
    fc.constantFrom(...lasting),
    ...Array.from({ length: objects - 1 }, () => fc.constantFrom(...fates)),
  );

export const modelSteps: fc.Arbitrary<ModelStep> = fc.record({
  apis: fatesOf(2),
  applications: fatesOf(3),
});

interface Present {
  readonly key: string;
  readonly formerly: string | undefined;
}

type Section = "apis" | "applications";
const sections: readonly Section[] = ["apis", "applications"];

const planSchema = z.object({
  plan: z.array(
    z.object({
      kind: z.string(),
      action: z.string(),
      id: z.string().optional(),
      changes: z.array(z.unknown()),
    }),
  ),
  removed: z.array(z.object({ type: z.string(), id: z.string().optional() })),
  deletions: z.array(z.object({ id: z.string() })),
  renames: z.array(z.unknown()),
});

/**
 * Carries the steps out, one after the other, from an empty tenant.
 * @throws where a plan names an object twice or deletes what stays, where something goes without --allow-delete, where a
 * live object changes its id or secret, or where a second plan is not empty
 */
export async function carryOut(local: LocalStack, steps: readonly ModelStep[]): Promise<void> {
  let models: Record<Section, Map<number, Present>> = { apis: new Map(), applications: new Map() };
  const released = new Set<string>();
  let keysGiven = 0;
  const history: string[] = [];
  const bootstrap = (...options: string[]) => local.run(["bootstrap", "--stack", "local", ...options]);
  const planned = async (): Promise<z.infer<typeof planSchema>> => {
    const { code, stdout, stderr } = await bootstrap("--dry-run", "--json");
    expect(code, `${history.join("\n")}\n${stderr}`).toBe(0);
    return planSchema.parse(JSON.parse(stdout));
  };

  for (const step of steps) {
    history.push(JSON.stringify(step));
    const next: typeof models = { apis: new Map(), applications: new Map() };
    const dropped: string[] = [];
    const stays: string[] = [];
    for (const section of sections) {
      for (const [object, fate] of step[section].entries()) {
        const name = nameOf(section, object);
        const held = models[section].get(object);
        if (!held) {
          next[section].set(object, { key: `${section.slice(0, 3)}-${++keysGiven}`, formerly: undefined });
          if (released.delete(name)) stays.push(name);
        } else if (fate === "drop") {
          dropped.push(name);
        } else if (fate === "release") {
          const { code, stderr } = await local.run(["release", held.key, "--stack", "local", "--yes"]);
          expect(code, `${history.join("\n")}\n${stderr}`).toBe(0);
          released.add(name);
        } else {
          const key = fate === "keep" ? held.key : `${section.slice(0, 3)}-${++keysGiven}`;
          const formerly = fate === "rename, said by formerly" ? held.key : undefined;
          next[section].set(object, { key, formerly });
          stays.push(name);
        }
      }
    }
    models = next;
    await local.setModel(yamlOf(models));
    const before = await liveObjects(local);

    const plan = await planned();
    assertEachOnce(plan, history);
    const living = new Map([...before].map(([name, live]) => [live.id, name]));
    const going = [...plan.removed.map(({ id }) => id), ...plan.deletions.map(({ id }) => id)];
    for (const id of going) expect(stays, history.join("\n")).not.toContain(living.get(id ?? ""));
    if (dropped.length > 0) {
      const refused = await bootstrap("--yes");
      expect(refused.code, `${history.join("\n")}\n${refused.stderr}`).toBe(2);
      expect(await liveObjects(local), history.join("\n")).toEqual(before);
    }

    const done = await bootstrap("--yes", ...(dropped.length > 0 ? ["--allow-delete"] : []));
    // The grant of an application that was released lives on, and the proof at the end says so.
    const grantsLeft = [...released].some((name) => name.startsWith("Application"));
    expect(grantsLeft ? [0, 4] : [0], `${history.join("\n")}\n${done.stderr}`).toContain(done.code);
    const after = await liveObjects(local);
    for (const name of [...stays, ...released]) {
      expect(after.get(name), `${name} after ${history.join("\n")}`).toEqual(before.get(name));
    }
    for (const name of dropped) expect(after.has(name), `${name} after ${history.join("\n")}`).toBe(false);

    const second = await planned();
    expect(second.renames, history.join("\n")).toEqual([]);
    expect(second.removed, history.join("\n")).toEqual([]);
    expect(
      second.plan.filter(({ action, changes }) => action !== "manage" || changes.length > 0),
      history.join("\n"),
    ).toEqual([]);
  }
}

const nameOf = (section: Section, object: number) =>
  `${section === "apis" ? "API" : "Application"} ${object}`;

function yamlOf({ apis, applications }: Record<Section, Map<number, Present>>): string {
  const formerlyOf = ({ formerly }: Present) =>
    formerly === undefined ? "" : `\n    formerly: [${formerly}]`;
  const grants = [...apis.values()].map(({ key }) => `${key}: [read:it]`).join(", ");
  return [
    "apis:",
    ...[...apis].map(
      ([object, api]) =>
        `  ${api.key}:\n    name: API ${object}\n    identifier: https://api.example.com/${object}${formerlyOf(api)}\n` +
        "    scopes: { 'read:it': Read it }",
    ),
    "applications:",
    ...[...applications].map(
      ([object, application]) =>
        `  ${application.key}:\n    name: Application ${object}${formerlyOf(application)}\n` +
        `    authentication: client_secret_post\n    grants: { ${grants} }`,
    ),
    "",
  ].join("\n");
}

/** An object may stand in a plan as itself and as the part that shares its id, scopes or credentials; not twice as either. */
function assertEachOnce({ plan, removed }: z.infer<typeof planSchema>, history: readonly string[]): void {
  const named = [
    ...plan.flatMap(({ kind, id }) => (id === undefined ? [] : [`${kind} ${id}`])),
    ...removed.flatMap(({ type, id }) => (id === undefined ? [] : [`${kindOf(type)} ${id}`])),
  ];
  const twice = named.filter((each, index) => named.indexOf(each) !== index);
  expect(twice, history.join("\n")).toEqual([]);
}

/** The kind of a plan's step for a resource type, e.g. `auth0:index/client:Client`. */
function kindOf(type: string): string {
  const kinds: Record<string, string> = {
    ResourceServer: "api",
    ResourceServerScopes: "scopes",
    Client: "application",
    ClientCredentials: "credentials",
    ClientGrant: "grant",
  };
  return kinds[type.split(":").at(-1) ?? ""] ?? type;
}

/** By name: id, and secret where there is one. */
async function liveObjects({ management }: LocalStack) {
  const api = z.object({ id: z.string(), name: z.string().default("") });
  const client = z.object({ client_id: z.string(), name: z.string(), client_secret: z.string().optional() });
  const [servers, clients] = await Promise.all([
    management.list("resource-servers", "resource_servers", api),
    management.list("clients", "clients", client),
  ]);
  return new Map<string, { id: string; secret?: string | undefined }>([
    ...servers.map(({ id, name }) => [name, { id }] as const),
    ...clients.map(({ client_id: id, name, client_secret: secret }) => [name, { id, secret }] as const),
  ]);
}
