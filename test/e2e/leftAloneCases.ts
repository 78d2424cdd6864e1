/** What the model leaves to others stays as they set it, whatever `up` writes beside it: the cases for one provider. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import type { providers } from "../helpers/providers.ts";

const model = (api: string, job: string) => `apis:
  timesheets:
    name: ${api}
    identifier: https://api.exampleco.com/timesheets
    leaveAlone: [token_lifetime, consent_policy]
    scopes: { "batch:upload": Upload timesheets in batches }
applications:
  import-job:
    name: ${job}
    leaveAlone: [token_quota, is_token_endpoint_ip_header_trusted]
    authentication: client_secret_post
    grants: { timesheets: [batch:upload] }
`;

const newKey = () =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });

const wire = z.record(z.string(), z.unknown());
const stateSchema = z.object({ id: z.string(), client_id: z.string() }).partial();

/** Registers them; each stands on the one before it. */
export function leftAloneCases(provider: (typeof providers)[number]): void {
  let local: LocalStack;
  let client = "";
  let api = "";
  beforeAll(async () => {
    local = await startLocal({ provider, model: model("Timesheets API", "Timesheets Import Job") });
    const { code, stdout, stderr } = await local.run(["bootstrap", "--stack", "local", "--yes", "--json"]);
    expect(code, stderr).toBe(0);
    const { ids } = JSON.parse(stdout);
    client = `clients/${ids.applications["import-job"]}`;
    api = `resource-servers/${ids.apis.timesheets}`;
  });
  afterAll(() => local.close());

  const change = (path: string, body: object) => local.management.send("PATCH", path, body, wire);
  const there = (path: string) => local.management.get(path, wire);
  const up = (...flags: string[]) => local.pulumi.must(["up", "--yes", "--skip-preview", ...flags]);
  const drift = () => local.run(["drift", "--stack", "local", "--json", "--no-blame"]);

  test("what others set stays through every kind of up, and is no drift", async () => {
    const quota = { client_credentials: { enforce: true, per_hour: 10 } };
    const ofClient = {
      client_metadata: { team: "payroll", floor: "3" },
      token_quota: quota,
      is_token_endpoint_ip_header_trusted: true,
    };
    const ofApi = { token_lifetime: 600 };
    await change(client, ofClient);
    await change(api, ofApi);
    for (const flags of [[], ["--refresh"]]) {
      await up(...flags);
      expect(await there(client)).toMatchObject(ofClient);
      expect(await there(api)).toMatchObject(ofApi);
    }
    await local.setModel(model("Hours API", "Hours Import Job"));
    await up();
    expect(await there(client)).toMatchObject({ ...ofClient, name: "Hours Import Job" });
    expect(await there(api)).toMatchObject({ ...ofApi, name: "Hours API" });
    const { code, stdout, stderr } = await drift();
    expect(code, stdout + stderr).toBe(0);
    const verify = await local.run(["verify", "--stack", "local"]);
    expect(verify.code, verify.stdout + verify.stderr).toBe(0);
    expect(verify.stdout).toContain("apis.timesheets.token_lifetime is left to others by the model");
    const preview = await local.pulumi.run(["preview", "--refresh", "--expect-no-changes"]);
    expect(preview.code, preview.stdout).toBe(0);
  });

  test("keys that another tool keeps stay from the moment that the model says so, through up, drift and rotate", async () => {
    const elsewhere = model("Hours API", "Hours Import Job").replace(
      "authentication: client_secret_post",
      "credentials: elsewhere",
    );
    const key = { name: "theirs", credential_type: "public_key", pem: newKey(), alg: "RS256" };
    const { id } = await local.management.send("POST", `${client}/credentials`, key, stateSchema);
    const methods = { private_key_jwt: { credentials: [{ id }] } };
    await change(client, { client_authentication_methods: methods, token_endpoint_auth_method: null });
    await local.setModel(elsewhere);
    for (const flags of [[], ["--refresh"]]) {
      await up(...flags);
      expect(await there(client)).toMatchObject({ client_authentication_methods: methods });
      expect(await there(`${client}/credentials/${id}`)).toMatchObject({ id });
    }
    const { code, stdout, stderr } = await drift();
    expect(code, stdout + stderr).toBe(0);
    const rotation = await local.run(["rotate", "secret", "--stack", "local", "--application", "import-job"]);
    expect(rotation.code).toBe(2);
    expect(rotation.stderr).toContain("credentials: elsewhere");
  });
}

/** Registers the case of an application that exists with keys that another tool keeps. */
export function keptElsewhereCase(provider: (typeof providers)[number]): void {
  test("an application whose keys another tool keeps is adopted as it is, and verify says what it does not prove", async () => {
    const other = await startLocal({ provider, model: machinesOnly });
    try {
      const made = await other.management.send(
        "POST",
        "clients",
        {
          name: "Meter Reader",
          app_type: "non_interactive",
          grant_types: ["client_credentials"],
          client_metadata: { team: "meters" },
          client_authentication_methods: {
            private_key_jwt: {
              credentials: [{ credential_type: "public_key", pem: newKey(), alg: "RS256" }],
            },
          },
        },
        wire,
      );
      const target = `clients/${made.client_id}`;
      const before = await other.management.get(target, wire);
      const bootstrap = await other.run(["bootstrap", "--stack", "local", "--yes", "--json"]);
      expect(bootstrap.code, bootstrap.stderr).toBe(0);
      const { description, ...after } = (await other.management.get(target, wire)) ?? {};
      expect(after).toEqual(before);
      expect(description).toBe("Machine-to-machine application, kept as code");
      const drift = await other.run(["drift", "--stack", "local", "--no-blame"]);
      expect(drift.code, drift.stdout + drift.stderr).toBe(0);
      const verify = await other.run(["verify", "--stack", "local"]);
      expect(verify.code, verify.stdout + verify.stderr).toBe(0);
      expect(verify.stdout + verify.stderr).toContain("Another tool keeps the application's credentials");
      const removed = await other.pulumi.run(["destroy", "--yes", "--skip-preview"]);
      expect(removed.code, removed.stdout).toBe(0);
    } finally {
      await other.close();
    }
  });
}

const machinesOnly = `apis:
  meters:
    name: Meters API
    identifier: https://api.exampleco.com/meters
    tokenProfile: rfc9068
    access: { applications: granted, users: none }
    scopes: { "read:meters": Read meters }
applications:
  meter-reader:
    name: Meter Reader
    credentials: elsewhere
    grants: { meters: ["read:meters"] }
`;
