/** What the model leaves to others stays as they set it, whatever `up` writes beside it, on every provider. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";

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

const wire = z.record(z.string(), z.unknown());
const stateSchema = z.object({ id: z.string(), client_id: z.string() }).partial();

describe.each(providers)("with the %s provider", (provider) => {
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
    const preview = await local.pulumi.run(["preview", "--refresh", "--expect-no-changes"]);
    expect(preview.code, preview.stdout).toBe(0);
  });

  test("keys that another tool keeps stay from the moment that the model says so, through up, drift and rotate", async () => {
    const elsewhere = model("Hours API", "Hours Import Job").replace(
      "authentication: client_secret_post",
      "credentials: elsewhere",
    );
    const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({
      type: "spki",
      format: "pem",
    });
    const key = { name: "theirs", credential_type: "public_key", pem, alg: "RS256" };
    const { id } = await local.management.send("POST", `${client}/credentials`, key, stateSchema);
    const methods = { private_key_jwt: { credentials: [{ id }] } };
    await change(client, { client_authentication_methods: methods, token_endpoint_auth_method: null });
    await local.setModel(elsewhere);
    for (const flags of [[], ["--refresh"]]) {
      await up(...flags);
      expect(await there(client)).toMatchObject({ client_authentication_methods: methods });
      expect(await there(`${client}/credentials`.replace(/$/, `/${id}`))).toMatchObject({ id });
    }
    const { code, stdout, stderr } = await drift();
    expect(code, stdout + stderr).toBe(0);
    const rotation = await local.run(["rotate", "secret", "--stack", "local", "--application", "import-job"]);
    expect(rotation.code).toBe(2);
    expect(rotation.stderr).toContain("credentials: elsewhere");
  });
});
