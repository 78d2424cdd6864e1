import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningProvider, startProvider } from "../../local/provider/serve.ts";
import { createProject, type Program, type Project } from "../local/provider/project.ts";
import { type RecordingTenant, startRecordingTenant } from "../local/provider/recordingTenant.ts";

const officialPlugin = path.join(
  process.env.PULUMI_HOME ?? path.join(homedir(), ".pulumi"),
  "plugins",
  "resource-auth0-v3.49.0",
);
const hasOfficial = existsSync(officialPlugin);

const publicKey = () =>
  generateKeyPairSync("rsa", { modulusLength: 2048 })
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();
const [firstKey, secondKey] = [publicKey(), publicKey()];

const identifier = "https://api.exampleco.com/timesheets";

const base = {
  api: {
    type: "ResourceServer",
    args: { name: "Timesheets API", identifier, signingAlg: "RS256", tokenDialect: "access_token" },
  },
  scopes: {
    type: "ResourceServerScopes",
    args: {
      resourceServerIdentifier: { ref: "api.identifier" },
      scopes: [
        { name: "read:timesheets", description: "Read timesheets" },
        { name: "batch:upload", description: "Upload timesheets in batches" },
      ],
    },
  },
  job: {
    type: "Client",
    args: { name: "Timesheets Import Job", appType: "non_interactive", grantTypes: ["client_credentials"] },
  },
  credentials: {
    type: "ClientCredentials",
    args: { clientId: { ref: "job.clientId" }, authenticationMethod: "client_secret_post" },
  },
  grant: {
    type: "ClientGrant",
    args: {
      clientId: { ref: "job.clientId" },
      audience: { ref: "scopes.resourceServerIdentifier" },
      scopes: ["batch:upload"],
    },
  },
} satisfies Program;

const withKey = (name: string, pem: string) =>
  ({
    clientId: { ref: "job.clientId" },
    authenticationMethod: "private_key_jwt",
    privateKeyJwt: { credentials: [{ name, pem, credentialType: "public_key", algorithm: "RS256" }] },
  }) as const;

const changed = {
  ...base,
  api: {
    type: "ResourceServer",
    args: {
      ...base.api.args,
      tokenDialect: "rfc9068_profile_authz",
      enforcePolicies: true,
      tokenLifetime: 600,
    },
  },
  job: {
    type: "Client",
    args: {
      ...base.job.args,
      name: "Import Job",
      description: "Uploads hours",
      clientMetadata: { team: "payroll" },
    },
  },
  credentials: { type: "ClientCredentials", args: withKey("first", firstKey) },
  grant: { type: "ClientGrant", args: { ...base.grant.args, scopes: ["batch:upload", "read:timesheets"] } },
} satisfies Program;

const otherKey = {
  ...changed,
  credentials: { type: "ClientCredentials", args: withKey("second", secondKey) },
} satisfies Program;

const moved = {
  ...base,
  api: {
    type: "ResourceServer",
    args: { ...base.api.args, identifier: "https://api.exampleco.com/v2", signingAlg: "HS256" },
  },
  credentials: {
    type: "ClientCredentials",
    args: { ...base.credentials.args, authenticationMethod: "client_secret_basic" },
  },
} satisfies Program;

interface Step {
  readonly title: string;
  /** What somebody does behind Pulumi's back first. */
  readonly meanwhile?: (tenant: RecordingTenant) => Promise<void>;
  readonly program: Program;
  /** Per resource; the others stay the same. */
  readonly operations: Readonly<Record<string, string>>;
  /** Method, path and body, in order. */
  readonly writes: readonly (readonly [request: string, body?: unknown])[];
}

const uploadScopes = [
  { value: "read:timesheets", description: "Read timesheets" },
  { value: "batch:upload", description: "Upload timesheets in batches" },
];

const changedApi = {
  name: "Timesheets API",
  signing_alg: "RS256",
  token_dialect: "rfc9068_profile_authz",
  enforce_policies: true,
  token_lifetime: 600,
};

const uploaded = (name: string) => ({
  name,
  pem: `<${name} key>`,
  credential_type: "public_key",
  alg: "RS256",
  parse_expiry_from_cert: false,
});

const attached = (...ids: string[]) => ({
  client_authentication_methods: { private_key_jwt: { credentials: ids.map((id) => ({ id })) } },
  token_endpoint_auth_method: null,
});

const steps: readonly Step[] = [
  {
    title: "makes the five resources of the scenario",
    program: base,
    operations: { api: "create", scopes: "create", job: "create", credentials: "create", grant: "create" },
    writes: [
      [
        "POST /resource-servers",
        { name: "Timesheets API", identifier, signing_alg: "RS256", token_dialect: "access_token" },
      ],
      [
        "POST /clients",
        {
          name: "Timesheets Import Job",
          description: "Managed by Pulumi",
          app_type: "non_interactive",
          grant_types: ["client_credentials"],
          token_endpoint_auth_method: "client_secret_post",
        },
      ],
      [`PATCH /resource-servers/${identifier}`, { scopes: uploadScopes }],
      ["PATCH /clients/<client 1>", { token_endpoint_auth_method: "client_secret_post" }],
      ["POST /client-grants", { client_id: "<client 1>", audience: identifier, scope: ["batch:upload"] }],
    ],
  },
  {
    title: "changes in place what can be changed in place, a secret for a key among it",
    program: changed,
    operations: { api: "update", job: "update", credentials: "update", grant: "update" },
    writes: [
      ["PATCH /resource-servers/<api 1>", changedApi],
      [
        "PATCH /clients/<client 1>",
        {
          name: "Import Job",
          description: "Uploads hours",
          app_type: "non_interactive",
          grant_types: ["client_credentials"],
          client_metadata: { team: "payroll" },
        },
      ],
      ["POST /clients/<client 1>/credentials", uploaded("first")],
      ["PATCH /clients/<client 1>", attached("<credential 1>")],
      ["PATCH /client-grants/<grant 1>", { scope: ["batch:upload", "read:timesheets"] }],
    ],
  },
  {
    title: "mends what somebody changed or deleted, and exchanges a key without a moment that has none",
    meanwhile: async (tenant) => {
      const own = encodeURIComponent(identifier);
      await tenant.manage("PATCH", `/resource-servers/${own}`, {
        token_lifetime: 60,
        scopes: [{ value: "batch:upload", description: "Upload timesheets in batches" }, { value: "extra" }],
      });
      const { client_grants: grants } = (await tenant.manage(
        "GET",
        `/client-grants?audience=${own}&include_totals=true`,
      )) as { client_grants: { id: string }[] };
      for (const { id } of grants) await tenant.manage("DELETE", `/client-grants/${id}`);
    },
    program: otherKey,
    operations: { api: "update", scopes: "update", credentials: "update", grant: "create" },
    writes: [
      ["PATCH /resource-servers/<api 1>", changedApi],
      [`PATCH /resource-servers/${identifier}`, { scopes: uploadScopes }],
      ["POST /clients/<client 1>/credentials", uploaded("second")],
      ["PATCH /clients/<client 1>", attached("<credential 1>", "<credential 2>")],
      ["PATCH /clients/<client 1>", attached("<credential 2>")],
      ["DELETE /clients/<client 1>/credentials/<credential 1>"],
      [
        "POST /client-grants",
        { client_id: "<client 1>", audience: identifier, scope: ["batch:upload", "read:timesheets"] },
      ],
    ],
  },
  {
    title: "replaces an API whose identifier changes and what hangs on it, and goes back to a secret",
    program: moved,
    operations: {
      api: "create-replacement",
      scopes: "create-replacement",
      grant: "create-replacement",
      job: "update",
      credentials: "update",
    },
    writes: [
      [`PATCH /resource-servers/${identifier}`, { scopes: [] }],
      ["DELETE /resource-servers/<api 1>"],
      [
        "POST /resource-servers",
        {
          name: "Timesheets API",
          identifier: "https://api.exampleco.com/v2",
          signing_alg: "HS256",
          token_dialect: "access_token",
        },
      ],
      ["PATCH /resource-servers/https://api.exampleco.com/v2", { scopes: uploadScopes }],
      [
        "PATCH /clients/<client 1>",
        {
          name: "Timesheets Import Job",
          description: "Managed by Pulumi",
          app_type: "non_interactive",
          grant_types: ["client_credentials"],
          client_metadata: { team: null },
        },
      ],
      [
        "PATCH /clients/<client 1>",
        {
          client_authentication_methods: null,
          signed_request_object: null,
          token_endpoint_auth_method: "client_secret_basic",
        },
      ],
      ["DELETE /clients/<client 1>/credentials/<credential 2>"],
      ["PATCH /clients/<client 1>", { token_endpoint_auth_method: "client_secret_basic" }],
      ["DELETE /client-grants/<grant 2>"],
      [
        "POST /client-grants",
        { client_id: "<client 1>", audience: "https://api.exampleco.com/v2", scope: ["batch:upload"] },
      ],
    ],
  },
];

/** The tenant's own ids by kind and order of appearance, so that two runs read the same. */
function createNames() {
  const names = new Map<string, string>([
    [firstKey, "<first key>"],
    [secondKey, "<second key>"],
  ]);
  const kinds: [RegExp, string][] = [
    [/\b[0-9a-f]{24}\b/g, "api"],
    [/\bcgr_\w{16}\b/g, "grant"],
    [/\bcred_\w{22}\b/g, "credential"],
    [/\b(?=\w*\d)(?=\w*[A-Z])[A-Za-z0-9]{32}\b/g, "client"],
  ];
  const counts = new Map<string, number>();
  const nameOf = (id: string, kind: string) => {
    if (!names.has(id)) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      names.set(id, `<${kind} ${counts.get(kind)}>`);
    }
    return names.get(id) ?? id;
  };
  return (text: string) =>
    kinds.reduce(
      (result, [pattern, kind]) => result.replace(pattern, (id) => nameOf(id, kind)),
      names.get(text) ?? text,
    );
}

function rename(value: unknown, name: (text: string) => string): unknown {
  if (typeof value === "string") return name(value);
  if (Array.isArray(value)) return value.map((inner) => rename(inner, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([property, inner]) => [property, rename(inner, name)]),
  );
}

/** What two providers have to agree on: ids and times renamed, sets sorted, nothing instead of what is empty. */
function comparable(value: unknown, name: (text: string) => string): unknown {
  if (typeof value === "string") return /^\d{4}-\d\d-\d\dT/.test(value) ? "<time>" : name(value);
  if (Array.isArray(value)) {
    const elements = value.map((element) => comparable(element, name));
    return elements.length === 0
      ? undefined
      : elements.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const properties = value as Record<string, unknown>;
  // Encrypted with a salt of its own each time: all that can be compared is that it is a secret.
  if ("ciphertext" in properties) return "<secret>";
  const kept = Object.entries(properties)
    // For a write-only secret that nobody set the official plugin records an encrypted nothing.
    .filter(([property]) => !property.startsWith("__") && property !== "id" && property !== "clientSecretWo")
    .map(([property, inner]) => [property, comparable(inner, name)])
    .filter(([, inner]) => inner !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** Resources of different kinds are worked on side by side; within a kind the order counts. */
function byKind<Write extends readonly [string, unknown?]>(writes: readonly Write[]): Write[] {
  const kinds = ["resource-servers", "clients", "client-grants"];
  const kind = ([request]: Write) => kinds.indexOf(request.split(/[ /]+/)[1] ?? "");
  return [...writes].sort((a, b) => kind(a) - kind(b));
}

const variants = [{ provider: "bundled" }, ...(hasOfficial ? [{ provider: "official" }] : [])];

const withoutOfficial = `the official plugin is not in the plugin cache (${officialPlugin}): only the bundled provider runs`;
if (!hasOfficial) {
  test(withoutOfficial, () => {
    expect(variants).toEqual([{ provider: "bundled" }]);
  });
}

/** What each provider left in state, step by step. */
const recorded = new Map<string, unknown[]>(variants.map(({ provider }) => [provider, []]));

describe.each(variants)("the $provider provider", ({ provider }) => {
  let tenant: RecordingTenant;
  let served: RunningProvider | undefined;
  let project: Project;
  let env: Record<string, string>;
  let name: (text: string) => string;

  beforeAll(async () => {
    tenant = await startRecordingTenant();
    env = { ...tenant.env };
    if (provider === "bundled") {
      served = await startProvider({ env: { PATH: process.env.PATH, ...env } });
      env.PULUMI_DEBUG_PROVIDERS = `auth0:${served.port}`;
    }
    project = await createProject(path.join(tenant.folder, "project"), env);
    name = createNames();
  }, 120_000);

  afterAll(async () => {
    await served?.close();
    await tenant?.close();
  });

  const writes = () =>
    byKind(
      tenant
        .take()
        .filter(({ method }) => method !== "GET")
        .map(({ method, path: at, body }): [string, unknown?] => {
          const request = name(`${method} ${at}`);
          return body === undefined ? [request] : [request, rename(body, name)];
        }),
    );

  const expectNoSecret = async (text: string) => {
    const clients = (await tenant.manage("GET", "/clients")) as unknown as { client_secret?: string }[];
    const apis = (await tenant.manage("GET", "/resource-servers")) as unknown as {
      signing_secret?: string;
    }[];
    const secrets = [...clients.map((one) => one.client_secret), ...apis.map((one) => one.signing_secret)];
    for (const secret of secrets.filter((one) => one !== undefined)) expect(text).not.toContain(secret);
  };

  test.each(steps)("$title", async ({ meanwhile, program, operations, writes: expected }) => {
    await meanwhile?.(tenant);
    tenant.take();
    const refresh = meanwhile ? ["--refresh"] : [];
    const up = await project.pulumi(
      ["up", "--yes", "--skip-preview", "--parallel", "1", "--json", ...refresh],
      program,
    );
    expect(up.code, up.stdout.slice(-2000) + up.stderr).toBe(0);
    expect(writes()).toEqual(byKind(expected));
    expect(project.operations(up)).toEqual(operations);
    const { text, resources } = await project.stored();
    await expectNoSecret(text + up.stderr);
    recorded
      .get(provider)
      ?.push(
        Object.fromEntries(
          resources.map(({ urn, inputs, outputs }) => [
            urn.split("::").at(-1),
            comparable({ inputs, outputs }, name),
          ]),
        ),
      );
  });

  test("sees no change afterwards", async () => {
    const preview = await project.pulumi(["preview", "--refresh", "--expect-no-changes"]);
    expect(preview.code, preview.stdout + preview.stderr).toBe(0);
    await expectNoSecret(preview.stdout + preview.stderr);
  });

  test("imports all of it by its ids, keeps them, and then changes in place", async () => {
    const { resources } = await project.stored();
    const other = await createProject(path.join(tenant.folder, "other"), env);
    const list = await other.write("import.json", {
      resources: resources.map(({ type, urn, id }) => ({
        type,
        id,
        name: urn.split("::").at(-1),
        version: "3.49.0",
      })),
    });
    tenant.take();
    const flags = ["--generate-code=false", "--protect=false", "--yes", "--skip-preview"];
    const imported = await other.pulumi(["import", "--file", list, ...flags]);
    expect(imported.code, imported.stdout + imported.stderr).toBe(0);
    expect(writes()).toEqual([]);
    // The official plugin does not mark an HS256 API's signing secret, so an import leaves it in clear until `up`.
    if (provider === "bundled") await expectNoSecret((await other.stored()).text);

    const program = {
      ...moved,
      job: { type: "Client", args: { ...moved.job.args, name: "Renamed" } },
    } as const;
    const up = await other.pulumi(["up", "--yes", "--skip-preview", "--json"], program);
    expect(up.code, up.stdout + up.stderr).toBe(0);
    expect(other.operations(up)).toEqual({ job: "update" });
    const after = await other.stored();
    expect(Object.fromEntries(after.resources.map(({ urn, id }) => [urn, id]))).toEqual(
      Object.fromEntries(resources.map(({ urn, id }) => [urn, id])),
    );
    await expectNoSecret(after.text + imported.stdout + imported.stderr + up.stderr);

    tenant.take();
    const destroyed = await other.pulumi(["destroy", "--yes", "--skip-preview", "--parallel", "1"]);
    expect(destroyed.code, destroyed.stdout + destroyed.stderr).toBe(0);
    expect(writes()).toEqual([
      ["PATCH /resource-servers/https://api.exampleco.com/v2", { scopes: [] }],
      ["DELETE /resource-servers/<api 2>"],
      ["PATCH /clients/<client 1>", { token_endpoint_auth_method: "client_secret_post" }],
      ["DELETE /clients/<client 1>"],
      ["DELETE /client-grants/<grant 3>"],
    ]);
  });
});

test.runIf(hasOfficial)("both providers leave the same inputs and outputs in state, at every step", () => {
  expect(recorded.get("bundled")).toHaveLength(steps.length);
  expect(recorded.get("bundled")).toEqual(recorded.get("official"));
});
