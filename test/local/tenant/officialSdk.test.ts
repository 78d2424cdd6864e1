/** The official Node SDK drives every resource of the scenario through its whole life. */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ManagementClient } from "auth0";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTenant, type TestTenant } from "./support/running.ts";

let tenant: TestTenant;
let management: ManagementClient;
beforeAll(async () => {
  tenant = await startTenant();
  setDefaultCACertificates([...getCACertificates(), readFileSync(tenant.caFile, "utf8")]);
  const { domain, clientId, clientSecret } = tenant;
  management = new ManagementClient({ domain, clientId, clientSecret });
});
afterAll(() => tenant[Symbol.asyncDispose]());

test("an API, an application, its credentials and its grant are created, read, changed and deleted", async () => {
  const identifier = "https://api.exampleco.com/sdk";
  const api = await management.resourceServers.create({ identifier, name: "SDK API", signing_alg: "RS256" });
  const scopes = [{ value: "batch:upload", description: "Upload" }];
  expect((await management.resourceServers.update(identifier, { scopes })).scopes).toEqual(scopes);
  expect((await management.resourceServers.get(api.id ?? "")).identifier).toBe(identifier);
  const listed = [];
  for await (const each of await management.resourceServers.list({ per_page: 1 }))
    listed.push(each.identifier);
  expect(listed).toContain(identifier);

  const client = await management.clients.create({ name: "SDK", app_type: "non_interactive" });
  const id = client.client_id ?? "";
  expect((await management.clients.update(id, { description: "changed" })).description).toBe("changed");
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = String(publicKey.export({ type: "spki", format: "pem" }));
  const credential = await management.clients.credentials.create(id, { credential_type: "public_key", pem });
  expect(await management.clients.credentials.list(id)).toHaveLength(1);
  await management.clients.credentials.delete(id, credential.id ?? "");
  expect((await management.clients.rotateSecret(id)).client_secret).not.toBe(client.client_secret);

  const grant = await management.clientGrants.create({ client_id: id, audience: identifier, scope: [] });
  const granted = await management.clientGrants.update(grant.id ?? "", { scope: ["batch:upload"] });
  expect(granted.scope).toEqual(["batch:upload"]);
  const grants = [];
  for await (const each of await management.clientGrants.list({ take: 1 })) grants.push(each.id);
  expect(grants).toContain(grant.id);

  await management.clientGrants.delete(grant.id ?? "");
  await expect(management.clientGrants.get(grant.id ?? "")).rejects.toMatchObject({ statusCode: 404 });
  await management.clients.delete(id);
  await management.resourceServers.delete(api.id ?? "");
  await expect(management.clients.get(id)).rejects.toMatchObject({ statusCode: 404 });
});

test("keys, settings, logs and connections are read and changed", async () => {
  expect((await management.keys.signing.list()).map(({ current }) => current)).toContain(true);
  const settings = await management.tenants.settings.update({ flags: { remove_alg_from_jwks: true } });
  expect(settings.flags?.remove_alg_from_jwks).toBe(true);
  const [newest] = (await management.logs.list({ per_page: 1, sort: "date:-1" })).data;
  expect(newest?.type).toBe("sapi");
  const names = [];
  for await (const each of await management.connections.list({ take: 1 })) names.push(each.name);
  expect(names).toEqual(["Username-Password-Authentication"]);
});
