/** Brings a tenant into the state that a recorded case presumes; the cases say it in prose, one clause at a time. */
import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { type Bindings, type Case, fill, type Scenario, unbound } from "./caseFiles.ts";
import type { Answer, TestTenant } from "./running.ts";

export interface Arranged {
  bindings: Bindings;
  /** Private key of the credential that a case signs with. */
  privateKey: KeyObject | undefined;
  /** Scopes that the management token must lack. */
  lacking: string[];
}

const defaultApi = "https://api.example.com/";

/** Removes whatever earlier scenarios left. */
export async function clean(tenant: TestTenant): Promise<void> {
  await tenant.control("POST", "/reset");
  await tenant.control("POST", "/plan", { rateLimit: "none" });
  const remove = async (family: string, id: string, keep: (item: Record<string, unknown>) => boolean) => {
    const { body } = await tenant.manage("GET", `/${family}?per_page=100`);
    for (const item of body) if (!keep(item)) await tenant.manage("DELETE", `/${family}/${item[id]}`);
  };
  await remove("clients", "client_id", (item) => item.global === true || item.client_id === tenant.clientId);
  await remove("resource-servers", "id", (item) => item.name === "Auth0 Management API");
  await tenant.manage("PATCH", "/tenants/settings", { default_audience: "" });
  await remove("organizations", "id", () => false);
}

export function freshArrangement(tenant: TestTenant): Arranged {
  return { bindings: new Map([["domain", tenant.domain]]), privateKey: undefined, lacking: [] };
}

/** What the scenario as a whole presumes. */
export async function arrangeScenario(
  tenant: TestTenant,
  scenario: Scenario,
  arranged: Arranged,
): Promise<void> {
  for (const clause of scenario.preconditions) {
    const name = /\{\{(client_\d+)\}\}/.exec(clause)?.[1];
    if (name === undefined) continue;
    // A scenario that begins with reading a client shows best what that client was made of.
    const shown = scenario.cases.find(
      ({ method, expected_body }) => method === "GET" && isClient(expected_body, name),
    );
    await createClient(
      tenant,
      arranged,
      name,
      clause,
      shown?.expected_body as Record<string, unknown> | undefined,
    );
  }
}

function isClient(body: unknown, name: string): boolean {
  return typeof body === "object" && body !== null && "name" in body && fillName(body) === `{{${name}}}`;
}

const fillName = (body: object): unknown => (body as { client_id?: unknown }).client_id;

/** What one case presumes. */
export async function arrangeCase(
  tenant: TestTenant,
  one: Case,
  text: string,
  arranged: Arranged,
): Promise<void> {
  const { bindings } = arranged;
  if (/Highly Regulated Identity|\bHRI\b/.test(text)) {
    await tenant.control("POST", "/plan", { highlyRegulatedIdentity: false });
  }
  arranged.lacking.push(...[...(/lacks ([\w:]+)/.exec(text)?.slice(1) ?? [])]);
  const api = /(?:resource server|API) (https?:\/\/\S+?|urn:\S+?)(?=[,;]|\s|$)/.exec(text)?.[1];
  const isToken = one.path === "/oauth/token";
  if (isToken || api) await createApi(tenant, api ?? defaultApi, text);
  const needed = unbound(
    [one.request_body, one.request_form, one.path, one.query, one.request_headers],
    bindings,
  );
  const names = [
    ...new Set([...[...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? ""), ...needed]),
  ];
  if (isToken && !names.some((name) => name.startsWith("client_1"))) names.push("client_1");
  for (const name of names) await supply(tenant, arranged, name, text);
  const defaultAudience = /default_audience (?:is )?(https?:\S+)/.exec(text)?.[1];
  if (defaultAudience)
    await tenant.manage("PATCH", "/tenants/settings", { default_audience: defaultAudience });
  if (isToken && !/no grant|no such client/.test(text)) await grantScopes(tenant, arranged, text);
  if (/a grant with the same/.test(text)) {
    await createApi(tenant, String((one.request_body as { audience: string }).audience), "");
    await tenant.manage("POST", "/client-grants", fill(one.request_body, bindings));
  }
  if (/quota used up/.test(text)) await useUpQuota(tenant, arranged);
  if (/limit.* exhausted/.test(text)) await exhaust(tenant, one, text);
}

async function supply(tenant: TestTenant, arranged: Arranged, name: string, text: string): Promise<void> {
  const { bindings } = arranged;
  const kind = name.replace(/_\d+.*$/, "");
  if (bindings.has(name)) return;
  if (kind === "client") return createClient(tenant, arranged, name.replace("_secret", ""), text);
  if (kind === "rs") {
    const system = /system API/.test(text)
      ? "urn:auth0:express-configure"
      : `https://supplied.example/${name}`;
    bindings.set(name, (await ok(tenant.manage("POST", "/resource-servers", { identifier: system }))).id);
  } else if (kind === "org") {
    const organization = { name: `supplied-${randomUUID().slice(0, 8)}` };
    bindings.set(name, (await ok(tenant.manage("POST", "/organizations", organization))).id);
  } else if (kind === "con") {
    const connection = { name: `supplied-${randomUUID().slice(0, 8)}`, strategy: "google-apps" };
    bindings.set(name, (await ok(tenant.manage("POST", "/connections", connection))).id);
  }
}

const madeByTenant = [
  ...["client_id", "client_secret", "signing_keys", "client_authentication_methods", "tenant", "global"],
  ...["encrypted", "callback_url_template", "cross_origin_auth"],
];

async function createClient(
  tenant: TestTenant,
  arranged: Arranged,
  name: string,
  text: string,
  shown: Record<string, unknown> = {},
): Promise<void> {
  const { bindings } = arranged;
  const usesKey = /private_key_jwt|listed in client_authentication_methods/.test(text);
  const method = /token_endpoint_auth_method (client_secret_\w+)/.exec(text)?.[1] ?? "client_secret_post";
  const appType = /app_type (\w+)/.exec(text)?.[1];
  const basics = {
    name: /named "([^"]+)"/.exec(text)?.[1] ?? "Supplied",
    grant_types: undefined,
    app_type: appType,
  };
  const copied = Object.fromEntries(Object.entries(shown).filter(([key]) => !madeByTenant.includes(key)));
  // A client of the Dashboard never had its method set, and says so by the lifetimes of its refresh tokens.
  const plain = /named "/.test(text) ? {} : { token_endpoint_auth_method: method };
  const created = await ok(tenant.manage("POST", "/clients", { ...basics, ...copied, ...plain }));
  bindings.set(name, created.client_id).set(`${name}_secret`, created.client_secret);
  const credentials = /has four credentials/.test(text) ? 4 : usesKey ? 1 : 0;
  for (let index = 1; index <= credentials; index++) {
    const pem = index === 1 ? (keyOfCases(shown) ?? newKey(arranged)) : newKey(arranged);
    const path = `/clients/${created.client_id}/credentials`;
    const { id } = await ok(tenant.manage("POST", path, { credential_type: "public_key", pem }));
    if (!bindings.has(`cred_${index}`)) bindings.set(`cred_${index}`, id);
  }
  if (!usesKey) return;
  await ok(
    tenant.manage("PATCH", `/clients/${created.client_id}`, {
      client_authentication_methods: { private_key_jwt: { credentials: [{ id: bindings.get("cred_1") }] } },
      token_endpoint_auth_method: null,
    }),
  );
}

let keyOfFixture: string | undefined;
/** The public key that the cases upload, so that the ids made of it agree with the recording. */
export function rememberKey(scenario: Scenario): void {
  const bodies = scenario.cases.map(({ request_body }) => request_body as { pem?: string } | undefined);
  keyOfFixture = bodies.find((body) => body?.pem)?.pem;
}
const keyOfCases = (shown: Record<string, unknown>) =>
  Object.keys(shown).length > 0 ? keyOfFixture : undefined;

export function newKey(arranged: Arranged): string {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  arranged.privateKey ??= privateKey;
  return String(publicKey.export({ type: "spki", format: "pem" }));
}

async function createApi(tenant: TestTenant, identifier: string, text: string): Promise<void> {
  const scopes = /scopes? ((?:[\w]+:\w+ ?)+)/.exec(text)?.[1]?.trim().split(" ") ?? [
    "read:a",
    "read:b",
    "read:c",
  ];
  const api = { identifier, scopes: scopes.map((value) => ({ value })) };
  const answer = await tenant.manage("POST", "/resource-servers", api);
  if (answer.status !== 201 && answer.status !== 409) throw new Error(JSON.stringify(answer.body));
}

async function grantScopes(tenant: TestTenant, { bindings }: Arranged, text: string): Promise<void> {
  const none = /grant[^,;]*(?:scope \[\]|empty|without scopes|no scopes)/.test(text);
  const listed = /grant for ((?:[\w]+:\w+ ?)+)/.exec(text)?.[1]?.trim().split(" ") ?? ["read:a", "read:b"];
  const scope = none ? [] : listed;
  await ok(
    tenant.manage("POST", "/client-grants", {
      client_id: bindings.get("client_1"),
      audience: defaultApi,
      scope,
    }),
  );
}

async function useUpQuota(tenant: TestTenant, { bindings }: Arranged): Promise<void> {
  const [client_id = "", client_secret = ""] = [bindings.get("client_1"), bindings.get("client_1_secret")];
  const quota = { token_quota: { client_credentials: { enforce: true, per_hour: 1 } } };
  await ok(tenant.manage("PATCH", `/clients/${client_id}`, quota));
  await ok(tenant.token({ client_id, client_secret, audience: defaultApi }));
}

async function exhaust(tenant: TestTenant, one: Case, text: string): Promise<void> {
  await tenant.managementToken();
  await tenant.control("POST", "/plan", { rateLimit: /one endpoint/.test(text) ? "self-service" : "free" });
  for (let index = 0; index < 20; index++) {
    const answer = await tenant.call({ method: one.method, path: one.path });
    if (answer.status === 429) return;
  }
  throw new Error("The limit was never reached.");
}

/** The assertion that a case describes, e.g. `{{jwt: RS256, exp=now+60}}`. */
export async function signAssertion(
  tenant: TestTenant,
  arranged: Arranged,
  description: string,
): Promise<string> {
  if (!arranged.privateKey) throw new Error("The case signs an assertion, but its client has no key.");
  const clientId = arranged.bindings.get("client_1") ?? "";
  const lifetime = Number(/exp=now\+(\d+)/.exec(description)?.[1] ?? 60);
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: clientId, sub: clientId, aud: `https://${tenant.domain}/`, jti: randomUUID() })
    .setProtectedHeader({ alg: "RS256" })
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime)
    .sign(arranged.privateKey);
}

async function ok(pending: Promise<Answer>): Promise<Answer["body"]> {
  const { status, body } = await pending;
  if (status >= 300)
    throw new Error(`A precondition could not be arranged: ${status} ${JSON.stringify(body)}`);
  return body;
}
