/** Over random pairs of models: no plan deletes what it keeps, adopts or renames, and once it is done nothing is left to do. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AccessModel, Api, Application } from "../../../../infra/accessModel.ts";
import { apiNames, applicationNames, componentTypes, resourceTypes } from "../../../../infra/names.ts";
import { assertEachOnce } from "../../../../scripts/access/bootstrap/checkPlan.ts";
import type { Discovery, FoundApi, FoundApplication } from "../../../../scripts/access/bootstrap/discover.ts";
import { type Plan, planBootstrap } from "../../../../scripts/access/bootstrap/plan.ts";
import { renamedUrns, withUrns } from "../../../../scripts/access/bootstrap/renames.ts";
import { emptyState, readEngineState } from "../../../../scripts/pulumi/engineState.ts";
import { accessModel, granted } from "../../../helpers/accessModel.ts";

const { timesheets } = accessModel().apis;
const { "import-job": job } = accessModel().applications;
if (!timesheets || !job) throw new Error("the default model has lost its entries");

/** Number of the object -> the key that it has; an object that is absent is not in the model. */
type Keys = ReadonlyMap<number, string>;
interface Shape {
  readonly apis: Keys;
  readonly applications: Keys;
}

// Few keys, some of which run into each other in the names of grants.
const keys = ["a", "b", "a-b", "b-a", "c"];
const some = fc.shuffledSubarray(keys).map((chosen) => chosen.slice(0, 3));
const numbered = some.chain((chosen) =>
  fc
    .shuffledSubarray([0, 1, 2, 3], { minLength: chosen.length, maxLength: chosen.length })
    .map((objects): Keys => new Map(objects.map((object, index) => [object, chosen[index] ?? ""]))),
);
const shape: fc.Arbitrary<Shape> = fc
  .record({ apis: numbered, applications: numbered })
  .filter(hasDistinctGrants);

function hasDistinctGrants({ apis, applications }: Shape): boolean {
  const names = [...applications.values()].flatMap((key) =>
    [...apis.values()].map((api) => applicationNames(key).grant(api)),
  );
  return new Set(names).size === names.length;
}

const identifier = (object: number) => `https://api.example.com/${object}`;

function modelOf({ apis, applications }: Shape): AccessModel {
  const grants = Object.fromEntries([...apis.values()].map((key) => [key, granted()]));
  return {
    ...accessModel(),
    apis: Object.fromEntries(
      [...apis].map(([object, key]): [string, Api] => [
        key,
        { ...(timesheets as Api), key, name: `API ${object}`, identifier: identifier(object) },
      ]),
    ),
    applications: Object.fromEntries(
      [...applications].map(([object, key]): [string, Application] => [
        key,
        { ...(job as Application), key, name: `Application ${object}`, grants },
      ]),
    ),
  };
}

const api = (object: number): FoundApi => ({
  id: `api ${object}`,
  name: `API ${object}`,
  identifier: identifier(object),
  scopes: timesheets.scopes,
  properties: {},
});
const application = (object: number): FoundApplication => ({
  clientId: `application ${object}`,
  name: `Application ${object}`,
  authentication: "client_secret_post",
  properties: {},
  keys: [],
});

/** The state once a model was carried out. */
function stateOf({ apis, applications }: Shape) {
  const urn = (types: string, name: string) => `urn:pulumi:local::project::${types}::${name}`;
  const entry = (component: string, key: string, type: string, name: string, id: string) => ({
    urn: urn(`${component}$${type}`, name),
    parent: urn(component, key),
    type,
    id,
    custom: true,
  });
  const { protectedApi, machineApp } = componentTypes;
  const resources = [
    ...[...apis].flatMap(([object, key]) => [
      { urn: urn(protectedApi, key), type: protectedApi },
      entry(protectedApi, key, resourceTypes.api, apiNames(key).resourceServer, `api ${object}`),
      entry(protectedApi, key, resourceTypes.scopes, apiNames(key).scopes, identifier(object)),
    ]),
    ...[...applications].flatMap(([object, key]) => {
      const names = applicationNames(key);
      return [
        { urn: urn(machineApp, key), type: machineApp },
        entry(machineApp, key, resourceTypes.application, names.client, `application ${object}`),
        entry(machineApp, key, resourceTypes.credentials, names.credentials, `application ${object}`),
        ...[...apis].map(([other, api]) =>
          entry(machineApp, key, resourceTypes.grant, names.grant(api), `grant ${object} ${other}`),
        ),
      ];
    }),
  ];
  return readEngineState(JSON.stringify({ deployment: { resources } }));
}

/** What the tenant has of a model, where the state holds another: an application keeps its key's id, an API its identifier's. */
function discover(before: Shape, after: Shape): Discovery {
  const byKey = new Map([...before.applications].map(([object, key]) => [key, object]));
  const ids = new Map([...before.apis].map(([object, key]) => [key, object]));
  const kept = new Set([...after.applications.values()].flatMap((key) => byKey.get(key) ?? []));
  const applications = [...after.applications].flatMap(([object, key]) => {
    const found =
      byKey.get(key) ?? (before.applications.has(object) && !kept.has(object) ? object : undefined);
    return found === undefined ? [] : [[key, found] as const];
  });
  const apis = [...after.apis].filter(([object]) => before.apis.has(object));
  return {
    apis: Object.fromEntries(apis.map(([object, key]) => [key, api(object)])),
    moved: Object.fromEntries(
      [...after.apis].flatMap(([object, key]) => {
        const held = ids.get(key);
        return held === undefined || held === object ? [] : [[key, api(held)]];
      }),
    ),
    applications: Object.fromEntries(applications.map(([key, object]) => [key, application(object)])),
    grants: Object.fromEntries(
      applications.flatMap(([key, object]) =>
        apis.map(([other, name]) => [`${key}/${name}`, { id: `grant ${object} ${other}`, scopes: [] }]),
      ),
    ),
  };
}

const isNothing = ({ renames, steps, removed, stale }: Plan) =>
  renames.length + removed.length + stale.length === 0 && steps.every(({ action }) => action === "manage");

test("no plan deletes what the model still describes, whatever its key, and none names an object twice", () => {
  fc.assert(
    fc.property(shape, shape, (before, after) => {
      const discovery = discover(before, after);
      const plan = planBootstrap(modelOf(after), discovery, stateOf(before));
      if (plan.problems.length > 0) return;
      expect(() => assertEachOnce(plan)).not.toThrow();
      const gone = new Set(plan.removed.map(({ id }) => id));
      for (const { id } of Object.values(discovery.apis)) expect(gone).not.toContain(id);
      for (const { clientId } of Object.values(discovery.applications)) expect(gone).not.toContain(clientId);
      for (const { id } of plan.renames) expect(gone).not.toContain(id);
    }),
    { numRuns: 300 },
  );
});

test("a model in which only keys were changed touches nothing but the state, and a second plan is empty", () => {
  fc.assert(
    fc.property(shape, some, some, (before, apiKeys, applicationKeys) => {
      const rekeyed = (objects: Keys, keys: readonly string[]): Keys =>
        new Map([...objects].flatMap(([object], index) => (keys[index] ? [[object, keys[index]]] : [])));
      const after = {
        apis: rekeyed(before.apis, apiKeys),
        applications: rekeyed(before.applications, applicationKeys),
      };
      const isWhole =
        after.apis.size === before.apis.size && after.applications.size === before.applications.size;
      // A key that another application had is that application's still: without `formerly` nothing says otherwise.
      const isFree = [...after.applications].every(
        ([object, key]) =>
          before.applications.get(object) === key || ![...before.applications.values()].includes(key),
      );
      fc.pre(isWhole && isFree && hasDistinctGrants(after));
      const state = stateOf(before);
      const discovery = discover(before, after);
      const plan = planBootstrap(modelOf(after), discovery, state);
      expect(plan.problems).toEqual([]);
      expect(plan.removed).toEqual([]);
      expect(plan.steps.map(({ action }) => action).filter((action) => action !== "manage")).toEqual([]);
      const renamed = withUrns(state, renamedUrns(state, plan.renames));
      expect([...renamed.urns.values()].sort()).toEqual([...stateOf(after).urns.values()].sort());
      expect(isNothing(planBootstrap(modelOf(after), discover(after, after), renamed))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("a plan that would delete what it adopts is refused before anything is done", () => {
  const shapeOf = (key: string): Shape => ({ apis: new Map([[0, key]]), applications: new Map() });
  const plan = planBootstrap(modelOf(shapeOf("b")), discover(shapeOf("a"), shapeOf("b")), emptyState);
  const { managed } = stateOf(shapeOf("a"));
  expect(() => assertEachOnce({ ...plan, removed: managed })).toThrow(/names one object twice/);
});
