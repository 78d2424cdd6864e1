/** Every command takes the same objects of a tenant for the model's, and none where that is not clear. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { AccessModel } from "../../../infra/accessModel.ts";
import type { ToolError } from "../../../lib/errors.ts";
import type { ReportEvent } from "../../../lib/report.ts";
import { discover } from "../../../scripts/access/bootstrap/discover.ts";
import { liveGraph, readLiveAccess } from "../../../scripts/access/graph/liveGraph.ts";
import { compare } from "../../../scripts/differences/compare.ts";
import { readTenant } from "../../../scripts/differences/tenantView.ts";
import { noIds } from "../../../scripts/session/ids.ts";
import { createManagementClient } from "../../../scripts/tenant/managementClient.ts";
import { accessModel } from "../../helpers/accessModel.ts";
import { startTenant, type TestTenant } from "../../helpers/tenant.ts";

const identifier = "https://api.exampleco.com/timesheets";
const ownName = "Timesheets Import Job";
const adoptedName = "Timesheets API (Test Application)";
const madeSchema = z.object({ id: z.string().optional(), client_id: z.string().optional() });

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await startTenant();
});
afterAll(() => tenant.close());
beforeEach(async () => {
  const named = z.object({ client_id: z.string(), name: z.string() });
  for (const { client_id, name } of await tenant.management.list("clients", "clients", named, {
    is_global: false,
  })) {
    if (!name.startsWith("Local Management")) await tenant.write("DELETE", `clients/${client_id}`);
  }
  await tenant.write("DELETE", `resource-servers/${encodeURIComponent(identifier)}`);
  await make("resource-servers", { name: "Timesheets API", identifier });
});

/** A client of its own, so that its requests can be counted. */
function enter() {
  const { domain, clientId, clientSecret } = tenant.tenant;
  const { signal } = new AbortController();
  return createManagementClient({ domain, credentials: { clientId, clientSecret } }, { signal });
}

const make = (path: string, body: unknown) => tenant.management.send("POST", path, body, madeSchema);
const application = async (name: string) =>
  (await make("clients", { name, app_type: "non_interactive" })).client_id ?? "";
const authorize = async (clientId: string, subject = "client") => {
  const grant = { client_id: clientId, audience: identifier, scope: [], subject_type: subject };
  await make("client-grants", grant);
  return clientId;
};
const authorized = async (name: string) => authorize(await application(name));
const gone = "gone".repeat(8);

/** Client id of the import job, "unclear", or undefined where there is none. */
type Outcome = string | undefined;
type Command = (recorded: string | undefined, model: AccessModel) => Promise<Outcome>;
const recordOf = (recorded: string | undefined) => (recorded === undefined ? {} : { "import-job": recorded });

const drift =
  (scanApplications: boolean): Command =>
  async (recorded, model) => {
    const ids = { ...noIds, applications: recordOf(recorded) };
    const view = await readTenant(model, ids, enter(), { scanApplications, mayReadKeys: true });
    const findings = compare({ model, ids, view, managementAudience: `${tenant.issuer}api/v2/` });
    const missing = findings.find(({ path }) => path === "applications.import-job");
    if (view.unclear.length === 0) {
      expect(missing === undefined).toBe(view.applications["import-job"] !== undefined);
      return view.applications["import-job"]?.client_id;
    }
    expect(view.notes.join()).toContain("Several applications could be import-job");
    expect(missing?.blocksUp).toBeDefined();
    return "unclear";
  };

const commands: Readonly<Record<string, Command>> = {
  bootstrap: async (recorded, model) => {
    const known = { chosen: {}, managed: { apis: {}, applications: {} }, recorded: recordOf(recorded) };
    try {
      return (await discover(model, enter(), known)).applications["import-job"]?.clientId;
    } catch (error) {
      expect(error).toMatchObject({ code: "several_candidates", exitCode: 2 } satisfies Partial<ToolError>);
      return "unclear";
    }
  },
  "bootstrap of a stack": async (recorded, model) => {
    const managed = { apis: {}, applications: recordOf(recorded) };
    try {
      const known = { chosen: {}, managed, recorded: {} };
      return (await discover(model, enter(), known)).applications["import-job"]?.clientId;
    } catch {
      return "unclear";
    }
  },
  drift: drift(false),
  "drift --scan-applications": drift(true),
  "graph --live": async (recorded, model) => {
    const events: ReportEvent[] = [];
    const live = await readLiveAccess(model, { applications: recordOf(recorded) }, enter(), (event) =>
      events.push(event),
    );
    const named = liveGraph(model, live).applications.filter(({ inModel }) => inModel);
    if (events.length > 0) {
      expect(events).toMatchObject([{ level: "warning", code: "application_unclear" }]);
      expect(named).toEqual([]);
      return "unclear";
    }
    expect(named.every(({ id }) => id === live.clientIds["import-job"])).toBe(true);
    return live.clientIds["import-job"];
  },
};

/** What the tenant has; returns the recorded id, if any, and which application is the import job. */
const worlds: Readonly<Record<string, () => Promise<{ recorded?: string; expected: Outcome }>>> = {
  "the recorded one, whatever it is called, before one of its name that is authorized": async () => {
    const recorded = await application("Renamed by somebody");
    await authorized(ownName);
    return { recorded, expected: recorded };
  },
  "where the recorded one is gone, the authorized one of its name": async () => {
    await application(adoptedName);
    return { recorded: gone, expected: await authorized(ownName) };
  },
  "where the recorded one is gone, the authorized one of the name it adopts": async () => ({
    recorded: gone,
    expected: await authorized(adoptedName),
  }),
  "where the recorded one is gone and two have its name, none": async () => {
    await application(ownName);
    await application(ownName);
    return { recorded: gone, expected: "unclear" };
  },
  "of two of its name, the authorized one": async () => {
    await application(ownName);
    return { expected: await authorized(ownName) };
  },
  "the authorized one of the name it adopts before another of its own name": async () => {
    await application(ownName);
    return { expected: await authorized(adoptedName) };
  },
  "of two authorized, the one of its own name": async () => {
    await authorized(adoptedName);
    return { expected: await authorized(ownName) };
  },
  "the authorized one among many others": async () => {
    for (let index = 0; index < 8; index += 1) await authorized(`Other ${index}`);
    await application(ownName);
    return { expected: await authorized(ownName) };
  },
  "of two that are not authorized, the one of its own name": async () => {
    await application(adoptedName);
    return { expected: await application(ownName) };
  },
  "the only one of the name it adopts": async () => ({ expected: await application(adoptedName) }),
  "none where another name is authorized": async () => {
    await authorized("Payroll");
    return { expected: undefined };
  },
  "none of two of its name that are authorized": async () => {
    await authorized(ownName);
    await authorized(ownName);
    return { expected: "unclear" };
  },
  "none of two of its name, although one is authorized for its users": async () => {
    await authorize(await application(ownName), "user");
    await application(ownName);
    return { expected: "unclear" };
  },
  "none of two of the name it adopts": async () => {
    await application(adoptedName);
    await application(adoptedName);
    return { expected: "unclear" };
  },
};

describe.each(Object.entries(worlds))("the import job is %s", (_what, world) => {
  test("for every command", async () => {
    const { recorded, expected } = await world();
    const seen = Object.entries(commands).map(
      async ([name, command]) => [name, await command(recorded, accessModel())] as const,
    );
    expect(Object.fromEntries(await Promise.all(seen))).toEqual(
      Object.fromEntries(Object.keys(commands).map((name) => [name, expected])),
    );
  });
});

describe("two applications of the model", () => {
  const model = accessModel();
  const [job] = Object.values(model.applications);
  const second = { ...job, key: "second-job", name: "Second Job", adopts: undefined };
  const both = { ...model, applications: { ...model.applications, "second-job": second } } as AccessModel;
  const view = (applications: Record<string, string>) =>
    readTenant(both, { ...noIds, applications }, enter(), { scanApplications: false, mayReadKeys: true });
  const plan = (recorded: Record<string, string>) =>
    discover(both, enter(), { chosen: {}, managed: { apis: {}, applications: {} }, recorded });

  test("never share one: what is on record for the one is not found by its name for the other", async () => {
    const recorded = { "import-job": await application("Second Job") };
    expect(Object.keys((await view(recorded)).applications)).toEqual(["import-job"]);
    expect(Object.keys((await plan(recorded)).applications)).toEqual(["import-job"]);
  });

  test("that are on record as one are not clear, and bootstrap asks", async () => {
    const one = await application(ownName);
    const recorded = { "import-job": one, "second-job": one };
    const { applications, notes } = await view(recorded);
    expect(applications).toEqual({});
    expect(notes.join()).toContain(`The application ${one} would be import-job as well as second-job.`);
    await expect(plan(recorded)).rejects.toMatchObject({ code: "several_candidates", exitCode: 2 });
  });
});

test("an API is the one with the identifier, also where another id is on record", async () => {
  const { management } = tenant;
  const api = await management.get(
    `resource-servers/${encodeURIComponent(identifier)}`,
    z.object({ id: z.string() }),
  );
  const ids = { ...noIds, apis: { timesheets: "0".repeat(24) } };
  const view = await readTenant(accessModel(), ids, enter(), { scanApplications: false, mayReadKeys: true });
  expect(view.apis.timesheets?.id).toBe(api?.id);
  const managed = { apis: ids.apis, applications: {} };
  const { apis, moved } = await discover(accessModel(), enter(), { chosen: {}, managed, recorded: {} });
  expect([apis.timesheets?.id, moved]).toEqual([api?.id, {}]);
});
