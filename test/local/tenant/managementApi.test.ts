/** The Management API as its callers see it: defaults, merging, paging, filters, hiding, cascades, refusals. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTenant, type TestTenant } from "./support/running.ts";

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await startTenant();
});
afterAll(() => tenant[Symbol.asyncDispose]());

const invalidBody = (text: string) => ({
  statusCode: 400,
  error: "Bad Request",
  message: `Payload validation error: ${text}.`,
  errorCode: "invalid_body",
});

async function makeApi(identifier: string, more: object = {}) {
  return (await tenant.manage("POST", "/resource-servers", { identifier, ...more })).body;
}

async function makeClient(name: string, more: object = {}) {
  return (await tenant.manage("POST", "/clients", { name, app_type: "non_interactive", ...more })).body;
}

describe("resource servers", () => {
  test("are found by id, by identifier, and by an identifier that was encoded twice", async () => {
    const { id, identifier } = await makeApi("https://api.example.com/path?query=1");
    const once = encodeURIComponent(identifier);
    for (const name of [id, once, encodeURIComponent(once)]) {
      expect((await tenant.manage("GET", `/resource-servers/${name}`)).body.id).toBe(id);
    }
  });

  test("take any string as identifier, and one of them only once", async () => {
    expect((await makeApi("prod-api")).identifier).toBe("prod-api");
    expect((await tenant.manage("POST", "/resource-servers", { identifier: "prod-api" })).status).toBe(409);
  });

  test("of the symmetric kind get a secret, show it, and keep it when they turn asymmetric", async () => {
    const made = await makeApi("urn:symmetric", { signing_alg: "HS256" });
    expect(made.signing_secret).toMatch(/^[A-Za-z0-9]{32}$/);
    const changed = await tenant.manage("PATCH", `/resource-servers/${made.id}`, { signing_alg: "RS256" });
    expect(changed.body).toMatchObject({ signing_alg: "RS256", signing_secret: made.signing_secret });
  });

  test("come in order of creation, with totals when asked, projected when asked", async () => {
    const [first, second] = [await makeApi("urn:list:1"), await makeApi("urn:list:2")];
    const query =
      "identifiers=urn:list:2&identifiers=urn:list:1&fields=id,identifier&include_totals=true&per_page=1";
    expect((await tenant.manage("GET", `/resource-servers?${query}`)).body).toEqual({
      total: 2,
      start: 0,
      limit: 1,
      resource_servers: [{ id: first.id, identifier: "urn:list:1" }],
    });
    const next = await tenant.manage("GET", `/resource-servers?${query}&page=1`);
    expect(next.body.resource_servers[0].id).toBe(second.id);
    expect(next.body.start).toBe(1);
  });

  test("pass on what is wrong with a body in the words of Auth0", async () => {
    const attempt = async (body: unknown) => (await tenant.manage("POST", "/resource-servers", body)).body;
    expect(await attempt({ name: "x" })).toEqual(invalidBody("'Missing required property: identifier'"));
    expect(await attempt({ identifier: "x", colour: 1, shape: 2 })).toEqual(
      invalidBody("'Additional properties not allowed: colour,shape'"),
    );
    expect((await attempt({ identifier: "x", scopes: [{ value: "a" }, { value: 1 }] })).message).toBe(
      "Payload validation error: 'Expected type string but found type integer' on property scopes[1].value (Value of this scope.).",
    );
    expect((await attempt({ identifier: "x", token_lifetime: 2_592_001 })).message).toContain(
      "'Value 2592001 is greater than maximum 2592000' on property token_lifetime",
    );
    expect((await attempt({ identifier: "x", signing_alg: "none" })).message).toBe(
      "Payload validation error: 'No enum match for: none' on property signing_alg.",
    );
    expect((await attempt([])).message).toContain("'Expected type object but found type array'");
  });

  test("take their grants with them when they are deleted", async () => {
    const [api, client] = [await makeApi("urn:cascade"), await makeClient("Cascade")];
    const grant = { client_id: client.client_id, audience: "urn:cascade", scope: [] };
    const { body } = await tenant.manage("POST", "/client-grants", grant);
    expect((await tenant.manage("DELETE", `/resource-servers/${api.id}`)).status).toBe(204);
    expect((await tenant.manage("GET", `/client-grants/${body.id}`)).status).toBe(404);
  });

  test("of the system keep their name and cannot be deleted", async () => {
    const management = encodeURIComponent(`${tenant.url}/api/v2/`);
    const renamed = await tenant.manage("PATCH", `/resource-servers/${management}`, { name: "Mine" });
    expect(renamed.body).toEqual(invalidBody("'Additional properties not allowed: name'"));
    expect((await tenant.manage("DELETE", `/resource-servers/${management}`)).status).toBe(400);
    const shorter = await tenant.manage("PATCH", `/resource-servers/${management}`, { token_lifetime: 3600 });
    expect(shorter.body).toMatchObject({ is_system: true, token_lifetime: 3600 });
  });
});

describe("clients", () => {
  test("merge metadata key by key, and null takes a key away", async () => {
    const { client_id } = await makeClient("Metadata", { client_metadata: { a: "1", b: "2" } });
    const patch = (client_metadata: object) =>
      tenant.manage("PATCH", `/clients/${client_id}`, { client_metadata });
    expect((await patch({ b: null, c: "3" })).body.client_metadata).toEqual({ a: "1", c: "3" });
    expect((await patch({ a: null, c: null })).body.client_metadata).toEqual({});
  });

  test("get a new secret by rotation, after which the old one is refused", async () => {
    const client = await makeClient("Rotated");
    const rotated = await tenant.manage("POST", `/clients/${client.client_id}/rotate-secret`);
    expect(rotated.status).toBe(200);
    expect(rotated.body.client_secret).toMatch(/^[\w-]{64}$/);
    expect(rotated.body.client_secret).not.toBe(client.client_secret);
    const { client_id, client_secret } = client;
    expect((await tenant.token({ client_id, client_secret, audience: "urn:none" })).body).toEqual({
      error: "access_denied",
      error_description: "Unauthorized",
    });
  });

  test("hide secrets from a caller who may only read applications", async () => {
    const { client_id } = await makeClient("Hidden");
    const read = (path: string, ...scopes: string[]) => tenant.manage("GET", path, undefined, scopes);
    const plain = (await read(`/clients/${client_id}`, "read:clients")).body;
    expect(plain).toMatchObject({ client_id, grant_types: expect.any(Array) });
    expect(plain).not.toHaveProperty("client_secret");
    expect(plain).not.toHaveProperty("signing_keys");
    expect(
      (await read(`/clients/${client_id}`, "read:clients", "read:client_keys")).body.client_secret,
    ).toBeTruthy();
    expect(Object.keys((await read(`/clients/${client_id}`, "read:client_summary")).body).sort()).toEqual(
      ["app_type", "client_id", "global", "name", "tenant"].sort(),
    );
    expect((await read(`/clients/${client_id}?fields=client_secret`, "read:clients")).body).toMatchObject({
      statusCode: 403,
      message: "You cannot read the following fields: client_secret",
    });
  });

  test("are filtered by kind, and the one that stands for all is listed only on request", async () => {
    await makeClient("Native", { app_type: "native" });
    await makeClient("Third party", { app_type: "spa", is_first_party: false });
    const names = async (query: string) =>
      (await tenant.manage("GET", `/clients?${query}`)).body.map(({ name }: { name: string }) => name);
    expect(await names("app_type=native,spa")).toEqual(["Native", "Third party"]);
    expect(await names("is_first_party=false&app_type=spa")).toEqual(["Third party"]);
    expect(await names("is_global=true")).toEqual(["All Applications"]);
    expect(await names("is_global=false")).not.toContain("All Applications");
  });

  test("show the tenant beside whatever fields a list was asked for", async () => {
    const { body } = await tenant.manage("GET", "/clients?fields=client_id&per_page=1");
    expect(Object.keys(body[0]).sort()).toEqual(["client_id", "tenant"]);
    const single = await tenant.manage("GET", `/clients/${tenant.clientId}?fields=name,description`);
    expect(single.body).toEqual({ name: "Local Management Application" });
  });

  test("page by checkpoint from the first to the last, each once", async () => {
    await using own = await startTenant();
    for (let index = 0; index < 5; index++) await own.manage("POST", "/clients", { name: `Client ${index}` });
    const seen: string[] = [];
    for (let from: string | undefined = ""; from !== undefined; ) {
      const { body } = await own.manage("GET", `/clients?take=3${from && `&from=${from}`}`);
      seen.push(...body.clients.map(({ name }: { name: string }) => name));
      from = body.next;
    }
    const made = [0, 1, 2, 3, 4].map((index) => `Client ${index}`);
    expect(seen).toEqual(["All Applications", "Local Management Application", ...made]);
  });

  test("refuse client_credentials to an application that cannot keep a secret", async () => {
    const grant_types = ["client_credentials"];
    const none = await tenant.manage("POST", "/clients", {
      name: "x",
      token_endpoint_auth_method: "none",
      grant_types,
    });
    const native = await tenant.manage("POST", "/clients", { name: "x", app_type: "native", grant_types });
    for (const { status, body } of [none, native]) {
      expect([status, body.message]).toEqual([400, "Invalid grant types: client_credentials"]);
    }
  });

  test("lose their grants and credentials when they are deleted", async () => {
    await makeApi("urn:orphans");
    const { client_id } = await makeClient("Orphans");
    const grant = await tenant.manage("POST", "/client-grants", {
      client_id,
      audience: "urn:orphans",
      scope: [],
    });
    await tenant.manage("DELETE", `/clients/${client_id}`);
    expect((await tenant.manage("GET", `/client-grants/${grant.body.id}`)).status).toBe(404);
  });
});

describe("client grants", () => {
  test("are listed by id in ASCII order, page by checkpoint, and filters combine", async () => {
    await using own = await startTenant();
    await own.manage("POST", "/resource-servers", { identifier: "urn:a" });
    await own.manage("POST", "/resource-servers", { identifier: "urn:b" });
    const ids: string[] = [];
    for (const name of ["one", "two"]) {
      const { client_id } = (await own.manage("POST", "/clients", { name })).body;
      for (const audience of ["urn:a", "urn:b"]) {
        for (const subject_type of ["client", "user"]) {
          const grant = { client_id, audience, subject_type, scope: [] };
          ids.push((await own.manage("POST", "/client-grants", grant)).body.id);
        }
      }
      const filtered = await own.manage(
        "GET",
        `/client-grants?client_id=${client_id}&audience=urn:a&subject_type=user`,
      );
      expect(filtered.body).toHaveLength(1);
    }
    const all = `/client-grants?include_totals=true&per_page=50`;
    const { total, client_grants } = (await own.manage("GET", all)).body;
    expect(total).toBe(9);
    const listed = client_grants.map(({ id }: { id: string }) => id);
    expect(listed).toEqual([...listed].sort());
    const first = (await own.manage("GET", `${all}&take=6`)).body;
    expect(Object.keys(first)).toEqual(["next", "client_grants"]);
    const rest = (await own.manage("GET", `${all}&take=6&from=${first.next}`)).body;
    expect(Object.keys(rest)).toEqual(["client_grants"]);
    const paged = [...first.client_grants, ...rest.client_grants].map(({ id }: { id: string }) => id);
    expect(paged).toEqual(listed);
    expect(paged).toEqual(expect.arrayContaining(ids));
  });

  test("belong to organizations too, and clients are found by them", async () => {
    await makeApi("urn:organized", { scopes: [{ value: "read:a" }] });
    const { client_id } = await makeClient("Organized");
    const audience = "urn:organized";
    const grant = {
      client_id,
      audience,
      scope: ["read:a"],
      organization_usage: "allow",
      allow_any_organization: false,
    };
    const { id: grant_id } = (await tenant.manage("POST", "/client-grants", grant)).body;
    const { id } = (await tenant.manage("POST", "/organizations", { name: "exampleco" })).body;
    const assigned = await tenant.manage("POST", `/organizations/${id}/client-grants`, { grant_id });
    expect(assigned.body).toEqual({ grant_id, ...grant, subject_type: "client" });
    const listed = await tenant.manage(
      "GET",
      `/client-grants/${grant_id}/organizations?include_totals=true&per_page=50`,
    );
    expect(Object.keys(listed.body)).toEqual(["organizations", "start", "limit", "total"]);
    expect(listed.body.organizations[0].id).toBe(id);
    const clients = await tenant.manage("GET", `/clients?q=client_grant.organization_id:${id}&take=50`);
    expect(clients.body.clients.map((client: { client_id: string }) => client.client_id)).toEqual([
      client_id,
    ]);
  });
});

describe("every operation", () => {
  const operations = [
    ["GET", "/resource-servers", "read:resource_servers"],
    ["POST", "/resource-servers", "create:resource_servers"],
    ["PATCH", "/resource-servers/x", "update:resource_servers"],
    ["DELETE", "/resource-servers/x", "delete:resource_servers"],
    ["POST", "/clients", "create:clients"],
    ["DELETE", "/clients/x", "delete:clients"],
    ["GET", "/client-grants", "read:client_grants"],
    ["POST", "/client-grants", "create:client_grants"],
    ["PATCH", "/client-grants/x", "update:client_grants"],
    ["DELETE", "/client-grants/x", "delete:client_grants"],
    ["GET", "/keys/signing", "read:signing_keys"],
    ["PUT", "/keys/signing/x/revoke", "update:signing_keys"],
    ["GET", "/tenants/settings", "read:tenant_settings"],
    ["PATCH", "/tenants/settings", "update:tenant_settings"],
    ["GET", "/connections", "read:connections"],
  ] as const;

  test.each(operations)(
    "%s %s asks for %s, before it looks at anything else",
    async (method, path, scope) => {
      const refused = await tenant.manage(method, path, method === "GET" ? undefined : { nonsense: 1 }, [
        "read:logs",
      ]);
      expect(refused.body).toEqual({
        statusCode: 403,
        error: "Forbidden",
        message: `Insufficient scope, expected any of: ${scope}`,
        errorCode: "insufficient_scope",
      });
      const passed = await tenant.manage(method, path, method === "GET" ? undefined : { nonsense: 1 }, [
        scope,
      ]);
      expect(passed.status).not.toBe(403);
    },
  );

  test("refuses pages beyond the first thousand log entries, and none of the applications", async () => {
    expect((await tenant.manage("GET", "/logs?page=20&per_page=50")).body).toMatchObject({
      statusCode: 400,
      errorCode: "invalid_paging",
    });
    expect((await tenant.manage("GET", "/clients?page=20&per_page=50")).body).toEqual([]);
    expect((await tenant.manage("GET", "/clients?per_page=101")).body.errorCode).toBe("invalid_query_string");
  });
});

test("settings merge their flags, and the one for the JWKS takes alg out of it", async () => {
  const keys = async () => (await tenant.call({ path: "/.well-known/jwks.json" })).body.keys;
  expect((await keys())[0].alg).toBe("RS256");
  const changed = await tenant.manage("PATCH", "/tenants/settings", {
    flags: { remove_alg_from_jwks: true },
  });
  expect(changed.body.flags).toMatchObject({ remove_alg_from_jwks: true, enable_sso: true });
  expect((await keys())[0]).not.toHaveProperty("alg");
  const refused = await tenant.manage("PATCH", "/tenants/settings", { flags: { nonsense: true } });
  expect(refused.body.message).toContain("'Additional properties not allowed: nonsense' on property flags");
});

test("the log shows each write with its secrets masked, and is searched by field", async () => {
  const secret = "a-secret-that-nobody-may-read-in-a-log";
  const { client_id } = await makeClient("Logged");
  await tenant.manage("PATCH", `/clients/${client_id}`, { client_secret: secret });
  await tenant.manage("PATCH", `/clients/${client_id}`, { nonsense: 1 });
  const query = encodeURIComponent(
    `type:(sapi OR fapi) AND details.request.path:"/api/v2/clients/${client_id}"`,
  );
  const { body } = await tenant.manage("GET", `/logs?q=${query}&include_totals=true&sort=date:1`);
  expect(body).toMatchObject({ start: 0, limit: 50, length: 2, total: 2 });
  const [succeeded, failed] = body.logs;
  expect(succeeded).toMatchObject({
    type: "sapi",
    description: "Update a client",
    client_id: tenant.clientId,
    client_name: "Local Management Application",
    details: {
      request: { method: "patch", path: `/api/v2/clients/${client_id}`, body: { client_secret: "*****" } },
      response: { statusCode: 200, body: { client_secret: "*****" } },
    },
  });
  expect(failed).toMatchObject({ type: "fapi", details: { response: { statusCode: 400 } } });
  const everything = JSON.stringify((await tenant.manage("GET", "/logs?per_page=100")).body);
  expect(everything).not.toContain(secret);
  expect(everything).not.toContain(tenant.clientSecret);
  expect(everything).not.toContain("PRIVATE KEY");
  const onward = await tenant.manage("GET", `/logs?from=${succeeded.log_id}&take=1`);
  expect(onward.body[0].log_id).toBe(failed.log_id);
  expect((await tenant.manage("GET", `/logs/${failed.log_id}`)).body.log_id).toBe(failed.log_id);
});
