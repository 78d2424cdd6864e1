/** Every change of the table is found with the right kind, path, values and severity, and nothing else is. */
import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Document, parse, parseDocument } from "yaml";
import { updateClient } from "../../../../local/tenant/schema/client.ts";
import { updateClientGrant } from "../../../../local/tenant/schema/clientGrant.ts";
import { updateResourceServer } from "../../../../local/tenant/schema/resourceServer.ts";
import type { ReportedFinding } from "../../../../scripts/access/drift/reportSchema.ts";
import { type DriftTenant, type DriftTenantOptions, findingsOf, startDriftTenant } from "./driftTenant.ts";
import {
  allScopesMutations,
  declaredGrants,
  declaredMutations,
  declaredOfApi,
  declaredOfApplication,
  grantSettingMutations,
  keyMutations,
  leftAloneByApi,
  leftAloneByApplication,
  leftAloneByGrant,
  leftAloneChanges,
  type Mutation,
  mutations,
  thirdPartyMutations,
} from "./mutations/index.ts";

const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const withKey: DriftTenantOptions = {
  overrides: {
    applications: { "import-job": { authentication: "private_key_jwt", publicKeys: ["job.pem"] } },
  },
  files: { "job.pem": publicKey.export({ type: "spki", format: "pem" }).toString() },
};

const withOptions: DriftTenantOptions = {
  overrides: {
    apis: { timesheets: declaredOfApi },
    applications: { "import-job": declaredOfApplication },
  },
};

const withGrants = (timesheets: unknown): DriftTenantOptions => ({
  overrides: { applications: { "import-job": { grants: { timesheets } } } },
});

const withThirdParties: DriftTenantOptions = {
  overrides: { apis: { timesheets: { thirdPartyGrants: ["read:timesheets"] } } },
};

const withOthers: DriftTenantOptions = {
  overrides: {
    apis: { timesheets: { leaveAlone: leftAloneByApi } },
    applications: {
      "import-job": {
        leaveAlone: leftAloneByApplication,
        grants: { timesheets: { scopes: ["batch:upload"], leaveAlone: leftAloneByGrant } },
      },
    },
  },
};

/** What the Management API lets be changed; `unseen` cannot be seen in a tenant, as docs/drift.md says. */
const families = [
  {
    family: "resource-servers",
    schema: updateResourceServer,
    unseen: ["signing_secret", "skip_consent_for_verifiable_first_party_clients"],
  },
  {
    family: "clients",
    schema: updateClient,
    // Two settings that stay as they are set have a tenant of their own each.
    unseen: [
      "client_secret",
      "oidc_conformant",
      "redirection_policy",
      "third_party_security_mode",
      // Seen where the model declares it.
      "client_metadata",
    ],
  },
  { family: "client-grants", schema: updateClientGrant, unseen: [] },
];

test("the table holds at least 60 changes, each with a name of its own", () => {
  const names = [...mutations, ...keyMutations, ...declaredMutations].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(mutations.length + keyMutations.length).toBeGreaterThanOrEqual(60);
});

test("every property that the Management API lets be changed is among them", async () => {
  const changed = new Map(families.map(({ family }) => [family, new Set<string>()]));
  const tenant = await startDriftTenant();
  const call: DriftTenant["call"] = (method, target, body) => {
    const [family = "", , below] = target.split("/");
    const keys = method === "PATCH" && below === undefined ? Object.keys(body as object) : [];
    for (const key of keys) changed.get(family)?.add(key);
    return tenant.call(method, target, body);
  };
  const watched = { ...tenant, call };
  try {
    for (const mutation of mutations.filter(({ undo }) => undo)) {
      await mutation.change(watched);
      await mutation.undo?.(watched);
    }
    for (const { family, schema, unseen } of families) {
      const known = [...(changed.get(family) ?? []), ...unseen];
      const all = Object.keys(schema.properties ?? {});
      expect([family, all.filter((property) => !known.includes(property))]).toEqual([family, []]);
    }
  } finally {
    await tenant.close();
  }
});

describe("on an application with a secret", () => suite(mutations, {}));
describe("on an application with a key", () => suite(keyMutations, withKey));
describe("on objects whose every property is declared", () => suite(declaredMutations, withOptions));
describe("on grants whose every setting is declared", () =>
  suite(grantSettingMutations, withGrants(declaredGrants)));
describe("on a grant that is declared with all scopes", () =>
  suite(allScopesMutations, withGrants({ allScopes: true })));
describe("on a grant that is declared for third parties", () => suite(thirdPartyMutations, withThirdParties));

test("what the model leaves to others is no drift, whatever they do", async () => {
  const tenant = await startDriftTenant(withOthers);
  try {
    for (const { name, change, undo } of leftAloneChanges) {
      await change(tenant);
      const result = await tenant.drift("--json", "--no-blame");
      expect([name, findingsOf(result)]).toEqual([name, []]);
      expect(result.code).toBe(0);
      await undo?.(tenant);
    }
  } finally {
    await tenant.close();
  }
});

function suite(table: readonly Mutation[], options: DriftTenantOptions): void {
  let shared: DriftTenant;
  beforeAll(async () => {
    shared = await startDriftTenant(options);
  });
  afterAll(() => shared.close());

  test("a tenant as the components leave it differs in nothing", async () => {
    const result = await shared.drift("--json");
    expect(findingsOf(result)).toEqual([]);
    expect(result.code).toBe(0);
  });

  for (const mutation of table) {
    test(mutation.name, async () => {
      const tenant = mutation.undo ? shared : await startDriftTenant(options);
      try {
        await mutation.change(tenant);
        const result = await tenant.drift("--json");
        const found = findingsOf(result).map(({ kind, path, expected, actual, severity, weakened }) => {
          expect(weakened).toBe(severity === "high");
          return { kind, path, expected, actual, severity };
        });
        const expected = mutation.expected(tenant);
        expect(found.map(({ path }) => path)).toEqual(expected.map(({ path }) => path));
        expect(found).toMatchObject(expected);
        expect(result.code).toBe(7);
        await expectFixesToHold(tenant, findingsOf(result));
      } finally {
        await (mutation.undo ? mutation.undo(tenant) : tenant.close());
      }
    });
  }

  test("once everything is undone, nothing differs", async () => {
    expect(findingsOf(await shared.drift("--json"))).toEqual([]);
  });
}

/** Every difference has a way out: a command that exists, or YAML that ends it once the model says so. */
async function expectFixesToHold(tenant: DriftTenant, findings: readonly ReportedFinding[]): Promise<void> {
  for (const { fix } of findings) {
    expect(fix.text).toMatch(/^[A-Z].*[.]$/);
    if (fix.command) expect(fix.command).toMatch(/^npx auth0-m2m (drift --fix|bootstrap) --stack dev$/);
  }
  const declarable = findings.filter(({ fix }) => fix.yaml);
  if (declarable.length === 0) return;
  const settings = path.join(tenant.root, "Pulumi.dev.yaml");
  const before = await readFile(settings, "utf8");
  const document = parseDocument(before);
  const access = ["config", "timesheets:access"];
  for (const { fix } of declarable) {
    lay(document, access, parse(fix.yaml ?? ""));
    if (fix.text.includes("without its publicKeys")) {
      document.deleteIn([...access, "applications", "import-job", "publicKeys"]);
    }
  }
  try {
    await writeFile(settings, document.toString());
    const result = await tenant.drift("--json", "--no-blame");
    expect([0, 7], result.stdout).toContain(result.code);
    const left = findingsOf(result).map(({ path: at }) => at);
    expect(declarable.map(({ path: at }) => at).filter((at) => left.includes(at))).toEqual([]);
  } finally {
    await writeFile(settings, before);
  }
}

/** Lays a tree over a part of a document, value by value. */
function lay(document: Document, at: readonly string[], tree: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(tree)) {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isMap) lay(document, [...at, key], value as Record<string, unknown>);
    else document.setIn([...at, key], value);
  }
}
