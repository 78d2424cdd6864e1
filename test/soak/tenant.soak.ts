/** Long campaigns against the local tenant: random requests never break it, and `kill -9` loses nothing it promised. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openStore } from "../../local/tenant/store.ts";
import { startTenant, type TestTenant } from "../local/tenant/support/running.ts";

const requests = Number(process.env.TENANT_SOAK_REQUESTS ?? 2000);
const kills = Number(process.env.TENANT_SOAK_KILLS ?? 200);

const identifier = fc.constantFrom(
  "urn:a",
  "urn:b",
  "https://c.example/d e",
  "urn:%2F",
  "ü",
  "urn:auth0:express-configure",
);
const scopeValue = fc.constantFrom("read:a", "read:b", "write:ü");
/** Mostly what the field takes, at times anything at all. */
const perhaps = <Value>(usual: fc.Arbitrary<Value>) =>
  fc.oneof(
    { weight: 9, arbitrary: usual as fc.Arbitrary<unknown> },
    { weight: 1, arbitrary: fc.jsonValue() },
  );

const resourceServer = fc.record(
  {
    identifier: perhaps(identifier),
    name: perhaps(fc.string({ maxLength: 210 })),
    scopes: perhaps(fc.array(fc.record({ value: scopeValue, description: fc.string() }), { maxLength: 3 })),
    signing_alg: perhaps(fc.constantFrom("RS256", "PS256", "HS256", "RS512", "none")),
    token_lifetime: perhaps(fc.integer({ min: -1, max: 3_000_000 })),
    token_dialect: perhaps(fc.constantFrom("access_token", "rfc9068_profile", "access_token_authz")),
  },
  { requiredKeys: ["identifier"] },
);
const client = fc.record(
  {
    name: perhaps(fc.string({ maxLength: 20 })),
    app_type: perhaps(fc.constantFrom("native", "non_interactive", "spa", "regular_web")),
    grant_types: perhaps(fc.subarray(["client_credentials", "authorization_code"])),
    token_endpoint_auth_method: perhaps(
      fc.constantFrom("none", "client_secret_post", "client_secret_basic", null),
    ),
    client_metadata: perhaps(fc.dictionary(fc.string({ maxLength: 5 }), fc.option(fc.string()))),
    client_secret: perhaps(fc.string()),
  },
  { requiredKeys: ["name"] },
);
const grant = fc.record(
  {
    audience: perhaps(identifier),
    scope: perhaps(fc.array(scopeValue, { maxLength: 3 })),
    subject_type: perhaps(fc.constantFrom("client", "user")),
    allow_all_scopes: perhaps(fc.boolean()),
  },
  { requiredKeys: ["audience"] },
);
const families: Record<string, fc.Arbitrary<unknown>> = {
  "resource-servers": resourceServer,
  clients: client,
  "client-grants": grant,
};

/** A field too many, one time in ten. */
const withExtra = (body: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 9, arbitrary: body }, { weight: 1, arbitrary: fc.constant({ nonsense: 1 }) });

const step = fc.oneof(
  ...Object.entries(families).map(([family, body]) =>
    fc.record({
      family: fc.constant(family),
      method: fc.constantFrom("GET", "POST", "POST", "PATCH", "DELETE"),
      body: perhaps(withExtra(body)),
      /** Which of the objects made so far it is about; beyond them, a name that was never made. */
      target: fc.nat({ max: 30 }),
      stray: fc.string({ maxLength: 30 }),
      query: fc.constantFrom(
        "",
        "?include_totals=true",
        "?take=2",
        "?per_page=0",
        "?page=-1",
        "?fields=a,b&include_fields=x",
      ),
    }),
  ),
);

test(`${requests} random requests, valid and not, give no 5xx and leave everything whole`, async () => {
  const warnings: string[] = [];
  await using tenant = await startTenant({ report: ({ message }) => warnings.push(message) });
  const statuses = new Map<number, number>();
  const made: Record<string, string[]> = { "resource-servers": [], clients: [], "client-grants": [] };
  const steps = fc.sample(step, {
    numRuns: requests,
    seed: Number(process.env.TENANT_SOAK_SEED ?? Date.now() % 1_000_000),
  });
  for (const { family, method, body, target, stray, query } of steps) {
    const id = made[family]?.[target] ?? stray;
    const path =
      method === "POST"
        ? `/${family}`
        : method === "GET" && target % 2
          ? `/${family}${query}`
          : `/${family}/${encodeURIComponent(id)}`;
    const sent =
      family === "client-grants" && method === "POST"
        ? { client_id: made.clients?.[target], ...(body as object) }
        : body;
    const answer = await tenant.manage(method, path, method === "GET" ? undefined : sent);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (answer.status >= 500) throw new Error(`${method} ${path} ${JSON.stringify(sent)}: ${answer.status}`);
    const key = family === "clients" ? "client_id" : "id";
    if (answer.status === 201) made[family]?.unshift(answer.body[key]);
  }
  expect(warnings).toEqual([]);
  expect(statuses.get(201)).toBeGreaterThan(requests / 50);
  expect(statuses.get(400)).toBeGreaterThan(requests / 50);
  await expectWhole(tenant);
}, 600_000);

/** Nothing refers to what is gone, nothing is there twice, and what lists say is what reads give. */
async function expectWhole(tenant: TestTenant): Promise<void> {
  const all = async (family: string) => {
    const items: Record<string, string>[] = [];
    for (let page = 0; ; page++) {
      const { body } = await tenant.manage("GET", `/${family}?per_page=50&page=${page}`);
      items.push(...body);
      if (body.length < 50) return items;
    }
  };
  const [servers, clients, grants] = [
    await all("resource-servers"),
    await all("clients"),
    await all("client-grants"),
  ];
  const identifiers = servers.map((server) => server.identifier);
  expect(new Set(identifiers).size).toBe(identifiers.length);
  const ids = new Set(clients.map((each) => each.client_id));
  const keys = grants.map((each) => [each.client_id, each.audience, each.subject_type].join(" "));
  expect(new Set(keys).size).toBe(keys.length);
  for (const each of grants) {
    expect(identifiers).toContain(each.audience);
    expect(ids).toContain(each.client_id);
  }
  for (const each of servers) {
    expect(
      (await tenant.manage("GET", `/resource-servers/${encodeURIComponent(each.identifier ?? "")}`)).body,
    ).toEqual(each);
  }
}

const script = `import { serveTenant } from ${JSON.stringify(join(import.meta.dirname, "../../local/tenant/serve.ts"))};
  const tenant = await serveTenant({ dataDir: process.argv[1] });
  const { url, caFile, clientId, clientSecret } = tenant;
  console.log(JSON.stringify({ url, caFile, clientId, clientSecret }));`;

interface Victim {
  process: ChildProcess;
  url: string;
  agent: Agent;
  token: string;
}

async function startVictim(dataDir: string): Promise<Victim> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  const { url, caFile, clientId, clientSecret } = JSON.parse(String(line));
  const agent = new Agent({ ca: readFileSync(caFile), keepAlive: true });
  const asked = {
    ...{ grant_type: "client_credentials", audience: `${url}/api/v2/` },
    ...{ client_id: clientId, client_secret: clientSecret },
  };
  const { body } = await send(agent, `${url}/oauth/token`, "", asked);
  return { process: child, url, agent, token: String(body.access_token) };
}

function send(
  agent: Agent,
  url: string,
  token: string,
  json: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const outgoing = request(url, { agent, method: "POST", headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(json));
  });
}

test(`${kills} kills during writes lose no write that was acknowledged`, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "tenant-kill-"));
  const acknowledged: string[] = [];
  for (let round = 0; round < kills; round++) {
    const victim = await startVictim(dataDir);
    const end = once(victim.process, "exit");
    // After some writes, and then at a moment that no write decides.
    let left = 1 + Math.floor(Math.random() * 20);
    const killSoon = () => setTimeout(() => victim.process.kill("SIGKILL"), Math.random() * 10);
    const writer = async (writerId: number) => {
      for (let index = 0; ; index++) {
        const identifier = `urn:${round}:${writerId}:${index}`;
        const url = `${victim.url}/api/v2/resource-servers`;
        const { status } = await send(victim.agent, url, victim.token, { identifier });
        if (status === 201) acknowledged.push(identifier);
        if (--left === 0) killSoon();
      }
    };
    await Promise.allSettled([0, 1, 2].map(writer));
    await end;
    victim.agent.destroy();
  }
  const store = openStore(join(dataDir, "tenant.sqlite"));
  const lost = acknowledged.filter(
    (identifier) => store.resourceServers.byIdentifier(identifier) === undefined,
  );
  store.close();
  await rm(dataDir, { recursive: true });
  expect(lost).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(kills);
}, 1_200_000);
