/** The provider over Pulumi's protocol, against a tenant: what it refuses, does and hides. */
import type { ServiceError } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { resourceTypes as types } from "../../../infra/names.ts";
import { type RunningProvider, startProvider } from "../../../local/provider/serve.ts";
import { isSecret, type Properties } from "../../../local/provider/values.ts";
import { closedPort } from "../../helpers/closedPort.ts";
import { connectTo, type ProtocolClient, urnOf } from "./protocolClient.ts";
import { type RecordingTenant, startRecordingTenant } from "./recordingTenant.ts";

let tenant: RecordingTenant;
let served: RunningProvider;
let provider: ProtocolClient;

beforeAll(async () => {
  tenant = await startRecordingTenant();
  served = await startProvider({ env: { PATH: process.env.PATH, ...tenant.env } });
  provider = connectTo(served.port);
});

afterEach(() => {
  tenant.app.faults.clear();
});

afterAll(async () => {
  provider?.close();
  await served?.close();
  await tenant?.close();
});

const api = (identifier: string) => ({
  name: "Tested",
  identifier,
  signingAlg: "HS256",
  tokenDialect: "access_token",
});

async function failureOf(work: Promise<unknown>): Promise<ServiceError> {
  return work.then(
    () => expect.unreachable("it should have failed"),
    (error: ServiceError) => error,
  );
}

/** A provider of its own with another environment. */
async function withEnvironment<Result>(
  env: Record<string, string>,
  work: (other: ProtocolClient) => Promise<Result>,
): Promise<Result> {
  const other = await startProvider({ env: { PATH: process.env.PATH, ...env } });
  const client = connectTo(other.port);
  try {
    return await work(client);
  } finally {
    client.close();
    await other.close();
  }
}

test("touches nothing for a stack other than local", async () => {
  tenant.take();
  const error = await failureOf(provider.create(urnOf(types.api, "production"), api("https://a")));
  expect(error.details).toContain('serves the stack "local" alone, not "production"');
  expect(tenant.take()).toEqual([]);
});

test("refuses a tenant of Auth0 that the stack's configuration names", async () => {
  const error = await failureOf(
    withEnvironment(tenant.env, (other) => other.configure({ domain: "example.eu.auth0.com" })),
  );
  expect(error.details).toMatch(/on this machine alone .* not to "example.eu.auth0.com"/);
});

test("does not even start for a tenant of Auth0", async () => {
  await expect(
    startProvider({ env: { ...tenant.env, AUTH0_DOMAIN: "example.eu.auth0.com" } }),
  ).rejects.toThrow('not to "example.eu.auth0.com"');
});

test("serves one tenant at a time", async () => {
  await provider.configure();
  const error = await failureOf(provider.configure({ domain: "localhost:1" }));
  expect(error.details).toContain("serves one tenant at a time");
});

test("names a resource type that the official plugin alone has", async () => {
  const error = await failureOf(provider.create(urnOf("auth0:index/role:Role"), {}));
  expect(error.details).toContain("auth0:index/role:Role is not supported by the bundled provider");
});

test("complains about a secret without handing the engine a value to print", async () => {
  const failures = await provider.check(urnOf(types.api), {
    identifier: "https://a",
    signingSecret: "hunter2",
  });
  expect(failures).toEqual([{ property: "", reason: "signingSecret: must have at least 16 characters" }]);
});

test("returns secrets in their envelope on create and on import, in inputs too", async () => {
  const made = await provider.create(urnOf(types.api), api("https://secret"));
  expect(isSecret(made.outputs.signingSecret)).toBe(true);
  const read = await provider.read(urnOf(types.api), made.id);
  expect(isSecret(read.outputs.signingSecret)).toBe(true);
  expect(isSecret(read.inputs.signingSecret)).toBe(true);
  const { id } = await provider.create(urnOf(types.application), { name: "Job", appType: "non_interactive" });
  const credentials = await provider.read(urnOf(types.credentials), id);
  expect(isSecret(credentials.outputs.clientSecret)).toBe(true);
  expect(isSecret(credentials.inputs.clientSecret)).toBe(true);
});

test("imports an API by its identifier and reports its id", async () => {
  const made = await provider.create(urnOf(types.api), api("https://by-identifier"));
  expect((await provider.read(urnOf(types.api), "https://by-identifier")).id).toBe(made.id);
});

test("drops from state what is gone, and has nothing against deleting it again", async () => {
  const { id, outputs } = await provider.create(urnOf(types.api), api("https://gone"));
  await provider.delete(urnOf(types.api), id, outputs);
  expect((await provider.read(urnOf(types.api), id)).id).toBe("");
  await provider.delete(urnOf(types.api), id, outputs);
});

test("adopts a grant that exists and leaves its scopes as they were", async () => {
  const made = await provider.create(urnOf(types.api), api("https://adopted"));
  await tenant.manage("PATCH", `/resource-servers/${made.id}`, { scopes: [{ value: "a" }, { value: "b" }] });
  const { id: clientId } = await provider.create(urnOf(types.application), { name: "Adopter" });
  const grant = { client_id: clientId, audience: "https://adopted", scope: ["a"] };
  const existing = await tenant.manage("POST", "/client-grants", grant);
  const adopted = await provider.create(urnOf(types.grant), {
    clientId,
    audience: "https://adopted",
    scopes: ["b"],
  });
  expect(adopted).toMatchObject({ id: existing.id, outputs: { scopes: ["a"] } });
});

test("refuses to put its scopes over others, and says how to import them", async () => {
  const made = await provider.create(urnOf(types.api), api("https://scoped"));
  await tenant.manage("PATCH", `/resource-servers/${made.id}`, { scopes: [{ value: "kept" }] });
  const inputs = { resourceServerIdentifier: "https://scoped", scopes: [{ name: "mine" }] };
  const error = await failureOf(provider.create(urnOf(types.scopes), inputs));
  expect(error.details).toMatch(
    /has scopes already \(kept\); import them instead: pulumi import .* https:\/\/scoped$/,
  );
});

test("says in one line what the tenant refused, and for which resource", async () => {
  const error = await failureOf(
    provider.create(urnOf(types.grant), { clientId: "nobody", audience: "https://nowhere", scopes: [] }),
  );
  expect(error.details).toMatch(
    /^cannot create client grant "tested": the tenant localhost:\d+ answered 404 \w+: No resource with identifier https:\/\/nowhere$/,
  );
});

test.for<[string, Properties, string]>([
  ["nothing", {}, "scopes: must be given unless `allowAllScopes` is true"],
  [
    "all and some",
    { allowAllScopes: true, scopes: ["c"] },
    "scopes: cannot be given when `allowAllScopes` is true",
  ],
])("makes no grant of %s, but takes one for valid that is imported so", async ([, granted, reason]) => {
  const inputs = { clientId: "a", audience: "b", ...granted };
  expect(await provider.check(urnOf(types.grant), inputs)).toEqual([]);
  const { details } = await failureOf(provider.create(urnOf(types.grant), inputs));
  expect(details).toBe(`cannot create client grant "tested": ${reason}`);
});

test("keeps the id of an object whose first read fails", async () => {
  tenant.disturb({ method: "GET", path: "/api/v2/resource-servers/*", count: 1 }, { status: 400 });
  const error = await failureOf(provider.create(urnOf(types.api), api("https://incomplete")));
  const [packed] = error.metadata.get("grpc-status-details-bin");
  const [detail] = statusMessages.Status.deserializeBinary(packed as Buffer).getDetailsList();
  const incomplete = messages.ErrorResourceInitFailed.deserializeBinary(
    detail?.getValue_asU8() ?? new Uint8Array(),
  );
  expect(incomplete.getId()).toMatch(/^[0-9a-f]{24}$/);
  expect(incomplete.getReasonsList()).toEqual([expect.stringContaining("answered 400")]);
});

test("tries again after passing errors", async () => {
  const { id } = await provider.create(urnOf(types.application), { name: "Patient" });
  tenant.disturb({ method: "GET", path: "/api/v2/clients/*", count: 2 }, { status: 503 });
  expect((await provider.read(urnOf(types.application), id)).id).toBe(id);
});

test.for([
  ["a 503", { status: 503 }, "answered 503"],
  ["a 502 of a gateway, once it was made", { status: 502, done: true }, "answered 502"],
  ["no answer, once it was made", { cut: true, done: true }, "cannot be reached"],
] as const)("sends a creation once, and says what to look for, after %s", async ([, fault, reason]) => {
  const name = `Unclear after ${reason}${"done" in fault}`;
  tenant.take();
  tenant.disturb({ method: "POST", path: "/api/v2/clients", count: 1 }, fault);
  const { details } = await failureOf(provider.create(urnOf(types.application), { name }));
  expect(details).toContain(reason);
  expect(details).toContain(
    `it may have been made: look in the tenant for the application "${name}" before running this again`,
  );
  expect(details).toContain("auth0-m2m bootstrap");
  expect(tenant.take().filter(({ method }) => method === "POST")).toHaveLength(1);
});

test.for<[string, string, Properties, string]>([
  ["resource-servers", types.api, api("https://unclear"), "the API https://unclear"],
  [
    "client-grants",
    types.grant,
    { clientId: "a-client", audience: "https://unclear", scopes: [] },
    "the grant of the application a-client on https://unclear",
  ],
])("names what an unanswered POST of %s may have made", async ([path, type, inputs, named]) => {
  tenant.disturb({ method: "POST", path: `/api/v2/${path}`, count: 1 }, { status: 504 });
  const { details } = await failureOf(provider.create(urnOf(type), inputs));
  expect(details).toContain(`look in the tenant for ${named} before`);
});

test("says of a creation that cannot have happened only that the tenant cannot be reached", async () => {
  await withEnvironment({ ...tenant.env, AUTH0_DOMAIN: `localhost:${await closedPort()}` }, async (other) => {
    const { details } = await failureOf(other.create(urnOf(types.application), { name: "Nowhere" }));
    expect(details).not.toContain("may have been made");
  });
});

test("asks for a new token when the tenant turns the old one away", async () => {
  await provider.create(urnOf(types.application), { name: "First" });
  tenant.disturb(
    { method: "POST", path: "/api/v2/clients", count: 1 },
    { status: 401, body: { message: "Invalid token" } },
  );
  const { id } = await provider.create(urnOf(types.application), { name: "Second" });
  expect(id).toMatch(/^\w{32}$/);
});

test("distinguishes an unreachable tenant, an untrusted certificate and wrong credentials, without a secret", async () => {
  const attempt = (env: Record<string, string>) =>
    withEnvironment(
      env,
      async (other) => (await failureOf(other.create(urnOf(types.api), api("https://x")))).details,
    );
  const { NODE_EXTRA_CA_CERTS: _, SSL_CERT_FILE: __, ...untrusting } = tenant.env;
  const [unreachable, untrusted, unauthorized] = await Promise.all([
    attempt({ ...tenant.env, AUTH0_DOMAIN: `localhost:${await closedPort()}` }),
    attempt(untrusting),
    attempt({ ...tenant.env, AUTH0_CLIENT_SECRET: "a-wrong-secret" }),
  ]);
  expect(unreachable).toMatch(
    /the tenant localhost:\d+ cannot be reached \(ECONNREFUSED\); is `auth0-m2m local` running\?$/,
  );
  expect(untrusted).toMatch(/the certificate of localhost:\d+ is not trusted \(\w+\)/);
  expect(unauthorized).toMatch(
    /refused the credentials \(401 access_denied: Unauthorized\); check AUTH0_CLIENT_ID/,
  );
  expect(unauthorized).not.toContain("a-wrong-secret");
});

test("trusts the CA in SSL_CERT_FILE alone, and enters with a token", async () => {
  const { NODE_EXTRA_CA_CERTS: _, AUTH0_CLIENT_ID: __, AUTH0_CLIENT_SECRET: ___, ...env } = tenant.env;
  const token = await tenant.token();
  await withEnvironment({ ...env, AUTH0_API_TOKEN: token }, async (other) => {
    expect((await other.create(urnOf(types.application), { name: "By token" })).id).toMatch(/^\w{32}$/);
  });
});

test("continues after a cancelled operation", async () => {
  tenant.disturb({ path: "/api/v2/clients", count: 1 }, { delayMs: 5_000 });
  const pending = failureOf(provider.create(urnOf(types.application), { name: "Cancelled" }));
  while (tenant.app.faults.pending().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await provider.cancel();
  expect((await pending).details).toContain("the operation was cancelled");
  expect((await provider.create(urnOf(types.application), { name: "Next" })).id).toMatch(/^\w{32}$/);
});
