/** Finding in a tenant what the model speaks of, and asking where it is not clear. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { AccessModel } from "../../../../infra/accessModel.ts";
import { discover, type KnownIds } from "../../../../scripts/access/bootstrap/discover.ts";
import { createManagementClient } from "../../../../scripts/tenant/managementClient.ts";
import { accessModel, granted } from "../../../helpers/accessModel.ts";
import { startTenant, type TestTenant } from "../../../helpers/tenant.ts";

const identifier = "https://api.exampleco.com/timesheets";
const nothingKnown: KnownIds = { chosen: {}, managed: { apis: {}, applications: {} }, recorded: {} };
const madeSchema = z.object({ id: z.string().optional(), client_id: z.string().optional() });

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await startTenant();
});
afterAll(() => tenant.close());

/** A client of its own, so that its requests can be counted. */
const client = () => {
  const { domain, clientId, clientSecret } = tenant.tenant;
  return createManagementClient(
    { domain, credentials: { clientId, clientSecret } },
    { signal: new AbortController().signal },
  );
};
const make = (path: string, body: unknown) => tenant.management.send("POST", path, body, madeSchema);
const application = async (name: string) =>
  (await make("clients", { name, app_type: "non_interactive" })).client_id ?? "";
const find = (known: Partial<KnownIds> = {}) =>
  discover(accessModel(), client(), { ...nothingKnown, ...known });

beforeEach(async () => {
  const named = z.object({ client_id: z.string(), name: z.string() });
  for (const { client_id, name } of await tenant.management.list("clients", "clients", named, {
    is_global: false,
  })) {
    if (!name.startsWith("Local Management")) await tenant.write("DELETE", `clients/${client_id}`);
  }
  await tenant.write("DELETE", `resource-servers/${encodeURIComponent(identifier)}`).catch(() => {});
});

describe("the application is found", () => {
  test("by the name of its own before the name that it adopts", async () => {
    await application("Timesheets API (Test Application)");
    const own = await application("Timesheets Import Job");
    expect((await find()).applications["import-job"]).toMatchObject({
      clientId: own,
      name: "Timesheets Import Job",
    });
  });

  test("among those authorized for the API before any other of its name", async () => {
    await make("resource-servers", { name: "Timesheets API", identifier });
    await application("Timesheets API (Test Application)");
    const authorized = await application("Timesheets API (Test Application)");
    const { id } = await make("client-grants", { client_id: authorized, audience: identifier, scope: [] });
    const { applications, grants } = await find();
    expect(applications["import-job"]?.clientId).toBe(authorized);
    expect(grants["import-job/timesheets"]).toMatchObject({ id, scopes: [] });
  });

  test("by the id that the stack or an earlier run knows, whatever it is called now", async () => {
    const known = await application("Renamed by somebody");
    await application("Timesheets Import Job");
    expect((await find({ recorded: { "import-job": known } })).applications["import-job"]?.clientId).toBe(
      known,
    );
    const managed = { apis: {}, applications: { "import-job": known } };
    expect((await find({ managed })).applications["import-job"]?.clientId).toBe(known);
  });

  test("by name again where the known one is gone", async () => {
    const other = await application("Timesheets Import Job");
    const managed = {
      apis: { timesheets: "0".repeat(24) },
      applications: { "import-job": "gone".repeat(8) },
    };
    const { applications, moved } = await find({ managed });
    expect(applications["import-job"]?.clientId).toBe(other);
    expect(moved).toEqual({});
  });
});

describe("it is the user's to say which", () => {
  test("where two carry the name: both are named, with the option to choose", async () => {
    const [first, second] = [
      await application("Timesheets Import Job"),
      await application("Timesheets Import Job"),
    ];
    const refused = find();
    await expect(refused).rejects.toMatchObject({ code: "several_candidates", exitCode: 2 });
    await expect(refused).rejects.toThrow(first);
    await expect(refused).rejects.toThrow(second);
    const { applications } = await find({ chosen: { "import-job": second } });
    expect(applications["import-job"]?.clientId).toBe(second);
  });

  test("where the chosen one does not exist, or the stack holds on to another", async () => {
    await expect(find({ chosen: { "import-job": "nobody" } })).rejects.toThrow(
      "No application of the tenant has the client id nobody, chosen for import-job.",
    );
    const [held, wanted] = [await application("Held"), await application("Wanted")];
    const managed = { apis: {}, applications: { "import-job": held } };
    await expect(find({ chosen: { "import-job": wanted }, managed })).rejects.toThrow(
      `The stack manages import-job as ${held}`,
    );
  });
});

test("an application without a set authentication method authenticates the way of its type", async () => {
  await application("Timesheets Import Job");
  expect((await find()).applications["import-job"]?.authentication).toBe("client_secret_post");
});

test("an API under management that has another identifier than the model's is recognised", async () => {
  const { id = "" } = await make("resource-servers", {
    name: "Old",
    identifier: `https://old.exampleco.com/${Date.now()}`,
  });
  const { apis, moved } = await find({ managed: { apis: { timesheets: id }, applications: {} } });
  expect(apis).toEqual({});
  expect(moved.timesheets).toMatchObject({ id, name: "Old" });
});

test("how many other applications there are does not matter where ids are known", async () => {
  await make("resource-servers", { name: "Timesheets API", identifier });
  const known = await application("Timesheets Import Job");
  await make("client-grants", { client_id: known, audience: identifier, scope: ["batch:upload"] });
  for (let made = 0; made < 240; made += 40) {
    await Promise.all(Array.from({ length: 40 }, (_, index) => application(`Other ${made + index}`)));
  }
  const byGrant = client();
  await discover(accessModel(), byGrant, nothingKnown);
  expect(byGrant.requests).toBe(3);
  const byId = client();
  await discover(accessModel(), byId, { ...nothingKnown, recorded: { "import-job": known } });
  expect(byId.requests).toBe(3);
});

describe("what others own", () => {
  const grants = { timesheets: granted("read:timesheets") };
  const withOthers = (foreign: Partial<AccessModel>): AccessModel => ({ ...accessModel(), ...foreign });
  const storefront = (more: object) => ({
    foreignApplications: { storefront: { key: "storefront", grants, ...more } },
  });
  const look = (model: AccessModel, known: Partial<KnownIds> = {}) =>
    discover(model, client(), { ...nothingKnown, ...known });

  test("is found by its name, or by the client id that the model gives", async () => {
    const id = await application("Storefront");
    expect((await look(withOthers(storefront({ name: "Storefront" })))).clientIds).toEqual({
      storefront: id,
    });
    expect((await look(withOthers(storefront({ clientId: id })))).clientIds).toEqual({ storefront: id });
  });

  test("is what was recorded under this name, whatever it is called now", async () => {
    const id = await application("Shop front");
    const model = withOthers(storefront({ name: "Storefront" }));
    const recorded = { storefront: id };
    const named = { recorded, names: { storefront: "Storefront" } };
    expect((await look(model, named)).clientIds).toEqual({ storefront: id });
    const renamed = { recorded, names: { storefront: "Shop" } };
    expect((await look(model, renamed)).clientIds).toEqual({});
  });

  test("is named where the tenant does not have it, since it cannot be made", async () => {
    const model = withOthers({
      ...storefront({ name: "Storefront" }),
      foreignApis: { billing: { key: "billing", identifier: "https://billing.example", management: false } },
    });
    expect((await look(model)).absent).toEqual([
      "The tenant has no API with the identifier https://billing.example. foreignApis.billing is owned elsewhere, so it is not created.",
      "The tenant has no application called Storefront. applications.storefront is owned elsewhere, so it is not created; correct its clientId or name.",
    ]);
  });

  test("a scope that the Management API does not have is named, with the one that was meant", async () => {
    const auth0 = { key: "auth0", identifier: `${tenant.issuer}api/v2/`, management: true };
    const model = (...scopes: string[]) => ({
      ...accessModel({ application: { grants: { auth0: granted(...scopes) } } }),
      foreignApis: { auth0 },
    });
    expect((await look(model("read:users"))).absent).toEqual([]);
    expect((await look(model("read:users", "read:user"))).absent).toEqual([
      'Auth0 Management API has no scope "read:user", which the model grants import-job (foreignApis.auth0). Did you mean "read:users"?',
    ]);
  });

  test("is no API of ours where the tenant says that it is one of Auth0's", async () => {
    const own = accessModel({ api: { identifier: `${tenant.issuer}api/v2/` } });
    await expect(look(own)).rejects.toMatchObject({
      code: "system_api",
      exitCode: 2,
      hint: expect.stringContaining("foreignApis"),
    });
  });
});
