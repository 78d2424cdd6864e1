/** A setting that the tenant's plan does not include: bootstrap and drift --fix name it, and go on once the plan has it. */
import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";

const modelWith = (grant: string, authentication = "client_secret_post") => `
apis: { hours: { name: Hours, identifier: "urn:hours", scopes: { "read:hours": Read hours } } }
applications:
  job:
    name: Job
    authentication: ${authentication}
    grants: { hours: ${grant} }
`;
const keyed = "private_key_jwt\n    publicKeys: [public.pem]";

const limits = [
  {
    feature: "organizations",
    model: modelWith('{ scopes: ["read:hours"], organizations: allow, anyOrganization: true }'),
    named: "grant job-hours: anyOrganization (allow_any_organization) needs machine-to-machine access",
  },
  {
    feature: "highlyRegulatedIdentity",
    model: modelWith('{ scopes: ["read:hours"], authorizationDetails: [payment] }'),
    named: "grant job-hours: authorizationDetails (authorization_details_types) needs Highly Regulated",
  },
  {
    feature: "enterprise",
    model: modelWith('["read:hours"]', keyed),
    named: "application job: authentication: private_key_jwt needs Private Key JWT",
  },
];

async function start(provider: (typeof providers)[number], model: string) {
  const local = await startLocal({ provider });
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const key = path.join(local.folder, "private.pem");
  await writeFile(path.join(local.folder, "public.pem"), publicKey);
  await writeFile(key, privateKey, { mode: 0o600 });
  await local.setModel(model);
  const bootstrap = ["bootstrap", "--stack", "local", "--yes"];
  return { local, bootstrap: model.includes(keyed) ? [...bootstrap, "--private-key", key] : bootstrap };
}

async function expectLimit(local: LocalStack, argv: readonly string[], named: string) {
  const { code, stdout } = await local.run([...argv, "--json"]);
  expect(code, stdout).toBe(4);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string } };
  expect(error).toMatchObject({
    code: "feature_not_enabled",
    message: expect.stringContaining(named),
    hint: expect.stringContaining("upgrade the plan"),
  });
}

describe.each(providers)("with the %s provider", (provider) => {
  test.each(limits)(
    "bootstrap names what lacks $feature",
    {
      timeout: 600_000,
      tags: ["soak"],
    },
    async ({ feature, model, named }) => {
      const { local, bootstrap } = await start(provider, model);
      try {
        await local.control("/plan", { [feature]: false });
        await expectLimit(local, bootstrap, named);
        await local.control("/plan", { [feature]: true });
        const { code, stderr } = await local.run(bootstrap);
        expect(code, stderr).toBe(0);
      } finally {
        await local.close();
      }
    },
  );

  test("drift --fix names it too", { timeout: 600_000, tags: ["soak"] }, async () => {
    const [{ feature, model, named }] = limits as [(typeof limits)[number]];
    const { local, bootstrap } = await start(provider, model);
    try {
      const { code, stderr } = await local.run(bootstrap);
      expect(code, stderr).toBe(0);
      const grants = await local.management.list(
        "client-grants",
        "client_grants",
        z.object({ id: z.string(), audience: z.string() }),
      );
      const id = grants.find(({ audience }) => audience === "urn:hours")?.id;
      const shut = { organization_usage: "deny", allow_any_organization: false };
      await local.management.send("PATCH", `client-grants/${id}`, shut, z.unknown());
      await local.control("/plan", { [feature]: false });
      await expectLimit(local, ["drift", "--stack", "local", "--fix", "--yes"], named);
    } finally {
      await local.close();
    }
  });
});
