/** What a bootstrap plans, from the model, the tenant and the engine's state. */

import { describe, expect, test } from "vitest";
import type { Application } from "../../../../infra/accessModel.ts";
import { defaultDescription } from "../../../../infra/model/properties/application.ts";
import type { ToolError } from "../../../../lib/errors.ts";
import { checkPlan } from "../../../../scripts/access/bootstrap/checkPlan.ts";
import { chosenClients, describePlan } from "../../../../scripts/access/bootstrap/describe.ts";
import type { Discovery, FoundApi, FoundApplication } from "../../../../scripts/access/bootstrap/discover.ts";
import { importFile } from "../../../../scripts/access/bootstrap/importFile.ts";
import { planBootstrap } from "../../../../scripts/access/bootstrap/plan.ts";
import { scopesOfPlan } from "../../../../scripts/access/bootstrap/scopesOfPlan.ts";
import { type EngineState, emptyState, readEngineState } from "../../../../scripts/pulumi/engineState.ts";
import { accessModel } from "../../../helpers/accessModel.ts";

const identifier = "https://api.exampleco.com/timesheets";
const scopes = accessModel().apis.timesheets?.scopes ?? {};

const api: FoundApi = {
  id: "rs1",
  name: "Timesheets API",
  identifier,
  properties: {
    name: "Timesheets API",
    signing_alg: "RS256",
    token_dialect: "access_token",
    enforce_policies: false,
    token_lifetime: 86_400,
  },
  scopes,
};
const application: FoundApplication = {
  clientId: "client1",
  name: "Timesheets Import Job",
  authentication: "client_secret_post",
  properties: {
    name: "Timesheets Import Job",
    description: defaultDescription,
    app_type: "non_interactive",
    grant_types: ["client_credentials"],
  },
  keys: [],
};
const finished: Discovery = {
  apis: { timesheets: api },
  moved: {},
  applications: { "import-job": application },
  grants: { "import-job/timesheets": { id: "cgr_1", scopes: ["batch:upload"] } },
};
const nothing: Discovery = { apis: {}, moved: {}, applications: {}, grants: {} };

/** An export as the engine writes it. */
function state(entries: Record<string, { id: string; protect?: boolean; name?: string }>): EngineState {
  const resources = Object.entries(entries).map(([key, { id, protect = false, name }]) => {
    const [type = "", resource = ""] = key.split("::");
    const urn = `urn:pulumi:local::timesheets::timesheets:access:MachineApp$${type}::${resource}`;
    return { urn, type, id, protect, custom: true, outputs: name === undefined ? {} : { name } };
  });
  return readEngineState(JSON.stringify({ deployment: { resources } }));
}
const server = "auth0:index/resourceServer:ResourceServer::timesheets";
const serverScopes = "auth0:index/resourceServerScopes:ResourceServerScopes::timesheets-scopes";
const client = "auth0:index/client:Client::import-job";
const credentials = "auth0:index/clientCredentials:ClientCredentials::import-job-credentials";
const grant = "auth0:index/clientGrant:ClientGrant::import-job-timesheets";
const managed = {
  [server]: { id: "rs1" },
  [serverScopes]: { id: identifier },
  [client]: { id: "client1" },
  [credentials]: { id: "client1" },
  [grant]: { id: "cgr_1" },
};

function lines(discovery: Discovery, engine = emptyState, model = accessModel()): string[] {
  return describePlan(planBootstrap(model, discovery, engine));
}

describe("a plan says, one line an object, what will happen", () => {
  test("to an empty tenant", () => {
    expect(lines(nothing)).toEqual([
      "create   API Timesheets API",
      "create   scopes of Timesheets API",
      "create   application Timesheets Import Job",
      "create   credentials of Timesheets Import Job",
      "create   grant of Timesheets Import Job on Timesheets API",
    ]);
  });

  test("to what the Dashboard made: the scopes are created, since there are none to import", () => {
    const discovery: Discovery = {
      ...finished,
      apis: { timesheets: { ...api, scopes: {} } },
      applications: {
        "import-job": {
          ...application,
          properties: {
            ...application.properties,
            name: "Timesheets API (Test Application)",
            description: "",
          },
        },
      },
      grants: { "import-job/timesheets": { id: "cgr_1", scopes: [] } },
    };
    expect(lines(discovery)).toEqual([
      "adopt    API Timesheets API (rs1)",
      `create   scopes of Timesheets API: scopes added: ${Object.keys(scopes).join(", ")}`,
      "adopt    application Timesheets Import Job (client1)",
      "change   application Timesheets Import Job (client1): renamed from Timesheets API (Test Application); " +
        `description nothing to "${defaultDescription}"`,
      "adopt    credentials of Timesheets Import Job (client1)",
      "adopt    grant of Timesheets Import Job on Timesheets API (cgr_1)",
      "change   grant of Timesheets Import Job on Timesheets API (cgr_1): scopes added: batch:upload",
    ]);
  });

  test("to a finished tenant: nothing", () => {
    expect(lines(finished, state(managed)).map((line) => line.slice(0, 8))).toEqual(
      Array(5).fill("keep    "),
    );
  });

  test("to an API that was changed in every property the model sets", () => {
    const changed: FoundApi = {
      ...api,
      properties: {
        name: "Renamed",
        signing_alg: "HS256",
        token_dialect: "rfc9068_profile_authz",
        enforce_policies: true,
        token_lifetime: 600,
      },
    };
    expect(lines({ ...finished, apis: { timesheets: changed } }, state(managed))[0]).toBe(
      "change   API Timesheets API (rs1): renamed from Renamed; signing algorithm HS256 to RS256; " +
        "token dialect rfc9068_profile_authz to access_token; role-based access control on to off; " +
        "token lifetime 600 s to 86400 s",
    );
  });

  test("as data: each change with both values and whether it lowers security", () => {
    const loose = { ...api, properties: { ...api.properties, signing_alg: "PS256", token_lifetime: 600 } };
    const { steps } = planBootstrap(accessModel(), { ...finished, apis: { timesheets: loose } }, emptyState);
    expect(steps[0]?.changes).toEqual([
      { property: "signing_alg", from: "PS256", to: "RS256", weaker: false },
      { property: "token_lifetime", from: 600, to: 86_400, weaker: true },
    ]);
  });

  test("to what others have put on an application that is adopted: what goes, and what it was, but no secret", () => {
    const properties = {
      ...application.properties,
      client_metadata: { team: "payroll", api_key: "do-not-print" },
      token_quota: { client_credentials: { per_day: 10 } },
    };
    const discovery = { ...finished, applications: { "import-job": { ...application, properties } } };
    const printed = (job: Partial<Application>) =>
      lines(discovery, emptyState, accessModel({ application: job })).filter((line) =>
        line.includes("application Timesheets"),
      );
    expect(printed({ metadata: {} })).toEqual([
      "adopt    application Timesheets Import Job (client1)",
      'change   application Timesheets Import Job (client1): metadata {"team":"payroll","api_key":"(not shown)"} to ' +
        'nothing; token_quota {"client_credentials":{"per_day":10}} to nothing',
    ]);
    expect(printed({})).toEqual([
      "adopt    application Timesheets Import Job (client1)",
      'change   application Timesheets Import Job (client1): token_quota {"client_credentials":{"per_day":10}} to nothing',
    ]);
    expect(printed({ leaveAlone: ["token_quota"] })).toEqual([
      "adopt    application Timesheets Import Job (client1)",
    ]);
  });

  test("to credentials that another tool keeps: nothing, whether the state holds them or not", () => {
    const model = accessModel({ application: { credentials: "elsewhere" } });
    const rotated = { ...application, authentication: "private_key_jwt" };
    const discovery = { ...finished, applications: { "import-job": rotated } };
    const printed = (engine: EngineState) =>
      lines(discovery, engine, model).filter((line) => line.includes("credentials"));
    expect(printed(emptyState)).toEqual([]);
    expect(printed(state(managed))).toEqual(["keep     credentials of Timesheets Import Job (client1)"]);
  });

  test("to objects that state knows under ids which the tenant no longer has", () => {
    const discovery: Discovery = { ...finished, applications: {}, grants: {} };
    expect(lines(discovery, state(managed)).slice(2)).toEqual([
      "create   application Timesheets Import Job",
      "create   credentials of Timesheets Import Job",
      "create   grant of Timesheets Import Job on Timesheets API",
      "refresh  application Timesheets Import Job: the engine knows it under another id",
      "refresh  credentials of Timesheets Import Job: the engine knows it under another id",
      "refresh  grant of Timesheets Import Job on Timesheets API: the engine knows it under another id",
    ]);
  });

  test("to an API whose identifier the model changes: it goes, and takes its scopes along", () => {
    const old = { ...api, identifier: "https://old.exampleco.com" };
    const discovery = { ...finished, apis: {}, moved: { timesheets: old }, grants: {} };
    const plan = planBootstrap(accessModel(), discovery, state(managed));
    expect(describePlan(plan).slice(0, 2)).toEqual([
      `replace  API Timesheets API (rs1): identifier https://old.exampleco.com to ${identifier}, so it is deleted and created again`,
      "replace  scopes of Timesheets API (https://old.exampleco.com)",
    ]);
    expect(scopesOfPlan(plan)).toEqual(["delete:client_grants", "delete:resource_servers"]);
  });

  test("to what the model no longer has", () => {
    const more = { ...managed, "auth0:index/client:Client::old-job": { id: "client2", name: "Old Job" } };
    const plan = planBootstrap(accessModel(), finished, state(more));
    expect(describePlan(plan).at(-1)).toBe("delete   application Old Job (client2)");
    expect(scopesOfPlan(plan)).toEqual(["delete:clients"]);
  });
});

describe("keys of private_key_jwt", () => {
  const publicKey = { file: "keys/job.pem", name: "job", pem: "...", keyId: "thumbprint" };
  const model = accessModel({ application: { authentication: "private_key_jwt", publicKeys: [publicKey] } });
  const key = { id: "cred_1", name: "job", keyId: "thumbprint", attached: true, expiresAt: undefined };
  const plan = (found: Partial<FoundApplication>) =>
    planBootstrap(
      model,
      { ...finished, applications: { "import-job": { ...application, ...found } } },
      emptyState,
    );
  const line = (found: Partial<FoundApplication>) => describePlan(plan(found))[3];
  const change = (found: Partial<FoundApplication>) => describePlan(plan(found))[4];

  test("the model's own key is adopted as it is, so that it is not uploaded again", () => {
    expect(line({ authentication: "private_key_jwt", keys: [key] })).toBe(
      "adopt    credentials of Timesheets Import Job (client1)",
    );
  });

  test("another key goes when the model's has come", () => {
    const other = { ...key, name: "theirs", keyId: "other" };
    expect(change({ authentication: "private_key_jwt", keys: [other] })).toBe(
      "change   credentials of Timesheets Import Job (client1): key job added; key theirs removed",
    );
    expect(scopesOfPlan(plan({ authentication: "private_key_jwt", keys: [other] }))).toContain(
      "delete:client_credentials",
    );
  });

  test("first keys are created, not imported, and a copy that an interrupted run left goes first", () => {
    const found = { keys: [{ ...key, attached: false }] };
    expect(line(found)).toBe(
      "create   credentials of Timesheets Import Job (client1): authentication client_secret_post to private_key_jwt; key job added",
    );
    expect(plan(found).leftoverKeys).toEqual([
      { clientId: "client1", credentialId: "cred_1", title: "unused key job of Timesheets Import Job" },
    ]);
  });

  test("a key under another name or with an expiry is the user's to settle: no provider brings it in line", () => {
    const found = {
      authentication: "private_key_jwt",
      keys: [{ ...key, name: "its name", expiresAt: "2027-01-01" }],
    };
    const error = refusal(() => checkPlan(plan(found), "auto", undefined));
    expect(error).toMatchObject({ code: "not_adoptable", exitCode: 2 });
    expect(error.message.split("\n")).toEqual([
      'The key thumbprint of import-job, keys/job.pem in the model, is called "its name" in the tenant. Name its file its name.pem.',
      "The key thumbprint of import-job, keys/job.pem in the model, expires on 2027-01-01 in the tenant. Give the model a new key pair.",
    ]);
  });
});

describe("a plan is refused before anything is done", () => {
  const adopting = planBootstrap(accessModel(), finished, emptyState);
  const creating = planBootstrap(accessModel(), nothing, emptyState);

  test("where --adopt never would take something over, or --adopt require would make something", () => {
    expect(refusal(() => checkPlan(adopting, "never", undefined))).toMatchObject({
      code: "exists_already",
      exitCode: 2,
      message: expect.stringContaining("API Timesheets API (rs1)"),
    });
    expect(refusal(() => checkPlan(creating, "require", undefined))).toMatchObject({
      code: "nothing_to_adopt",
      message: expect.stringContaining("application Timesheets Import Job"),
    });
    expect(() => checkPlan(creating, "never", undefined)).not.toThrow();
    expect(() => checkPlan(adopting, "require", undefined)).not.toThrow();
  });

  test("where something protected would be deleted, with the command that allows it", () => {
    const more = state({
      ...managed,
      "auth0:index/client:Client::old-job": { id: "client2", name: "Old Job", protect: true },
    });
    const error = refusal(() => checkPlan(planBootstrap(accessModel(), finished, more), "auto", undefined));
    expect(error).toMatchObject({ code: "protected", exitCode: 2 });
    expect(error.message).toContain("application Old Job (client2)");
    expect(error.hint).toContain("npx pulumi state unprotect 'urn:pulumi:local::timesheets::");
  });

  test("where it needs a scope that the management application lacks", () => {
    const more = state({ ...managed, "auth0:index/client:Client::old-job": { id: "client2" } });
    const plan = planBootstrap(accessModel(), finished, more);
    expect(refusal(() => checkPlan(plan, "auto", ["read:clients"]))).toMatchObject({
      code: "management_scopes_missing",
      exitCode: 3,
      message: expect.stringContaining("delete:clients"),
    });
  });

  test("where another API holds the identifier that the managed one is to get", () => {
    const discovery = {
      ...finished,
      moved: { timesheets: { ...api, id: "rs0", identifier: "https://old" } },
    };
    const error = refusal(() =>
      checkPlan(
        planBootstrap(accessModel(), discovery, state({ [server]: { id: "rs0" } })),
        "auto",
        undefined,
      ),
    );
    expect(error.message).toContain("The stack manages API timesheets as Timesheets API (rs0)");
  });
});

test("the import file puts each object under its component, made or there already, and hides signing secrets", () => {
  const signing = { ...finished, apis: { timesheets: { ...api, hasSigningSecret: true } } };
  const { steps } = planBootstrap(accessModel(), signing, emptyState);
  const urn = "urn:pulumi:local::timesheets::timesheets:access:MachineApp::import-job";
  const file = importFile(steps, new Map([["auth0-m2m:access:MachineApp::import-job", urn]]), "3.49.0");
  expect(Object.values(file.nameTable)).toEqual([urn]);
  expect(file.resources.map(({ logicalName, component = false }) => [logicalName, component])).toEqual([
    ["timesheets", true],
    ["timesheets", false],
    ["timesheets-scopes", false],
    ["import-job", false],
    ["import-job-credentials", false],
    ["import-job-timesheets", false],
  ]);
  expect(new Set(file.resources.map(({ name }) => name)).size).toBe(file.resources.length);
  expect(file.resources[1]?.inputs).toHaveProperty("signingSecret");
  const without = importFile(planBootstrap(accessModel(), finished, emptyState).steps, new Map(), "3.49.0");
  expect(without.resources[1]).not.toHaveProperty("inputs");
});

test("--client-id names applications of the model, each once", () => {
  expect(chosenClients(["abc"], ["import-job"])).toEqual({ "import-job": "abc" });
  expect(chosenClients(["a=1", "b=2"], ["a", "b"])).toEqual({ a: "1", b: "2" });
  for (const [values, message] of [
    [["abc"], "The model has several applications."],
    [["c=1"], "--client-id names c, which is no application of the model."],
    [["a="], "--client-id needs a client id."],
    [["a=1", "a=2"], "--client-id names a twice."],
  ] as const) {
    expect(refusal(() => chosenClients(values, ["a", "b"]))).toMatchObject({ message, exitCode: 2 });
  }
});

function refusal(act: () => unknown): ToolError {
  try {
    act();
  } catch (error) {
    return error as ToolError;
  }
  throw new Error("it was not refused");
}
