/** Grants on and of what others own, on the real engine: adopted or made, proved, compared, and all that is ever changed. */
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import type { providers } from "../helpers/providers.ts";

const grantSchema = z.looseObject({
  id: z.string(),
  audience: z.string(),
  client_id: z.string().optional(),
  scope: z.array(z.string()).optional(),
});
const clientSchema = z.looseObject({ client_id: z.string(), name: z.string() });

const library = `apis:
  library:
    name: Library
    identifier: https://library.example
    scopes: { "read:books": Read books, "delete:members": Delete members }
    thirdPartyGrants: ["read:books"]
foreignApis:
  auth0: management
  billing: https://billing.example
applications:
  roster-sync:
    name: Roster Sync
    authentication: client_secret_post
    grants:
      library:
        - scopes: ["delete:members"]
        - { scopes: ["read:books"], subject: user }
      auth0: ["read:users", "create:users"]
      billing: { scopes: [pay], organizations: allow }
  storefront:
    owner: elsewhere
    name: Storefront
    grants: { library: { scopes: ["read:books"], subject: user } }
`;

export function foreignCases(provider: (typeof providers)[number]): void {
  let local: LocalStack;
  afterEach(() => local.close());

  const run = (...argv: string[]) => local.run([...argv, "--stack", "local"]);
  const send = (where: string, body: unknown) =>
    local.management.send("POST", where, body, z.looseObject({}));
  const grants = () => local.management.list("client-grants", "client_grants", grantSchema);
  const client = (id: string) => local.management.get(`clients/${id}`, clientSchema);

  test("what others own is granted, adopted and compared, and stays as it is", async () => {
    local = await startLocal({ model: library, provider });
    const billing = { name: "Billing", identifier: "https://billing.example", scopes: [{ value: "pay" }] };
    const { id: billingId } = await send("resource-servers", billing);
    const { client_id } = await send("clients", {
      name: "Storefront",
      app_type: "spa",
      client_metadata: { team: "shop" },
      callbacks: ["https://shop.example"],
    });
    await send("resource-servers", {
      name: "Library",
      identifier: "https://library.example",
      scopes: [{ value: "read:books", description: "Read books" }],
    });
    const { id: adopted } = await send("client-grants", {
      client_id,
      audience: "https://library.example",
      scope: ["read:books"],
      subject_type: "user",
    });
    const before = await client(String(client_id));

    const plan = await run("bootstrap", "--dry-run");
    expect(plan.stderr).toContain(`adopt    grant of Storefront on Library for users (${adopted})`);
    const first = await run("bootstrap", "--yes");
    expect(first.code, first.stderr).toBe(0);
    const state = await local.pulumi.run(["stack", "export"]);
    expect(state.stdout).not.toContain("shop.example");
    const drift = await run("drift");
    expect(drift.code, drift.stdout).toBe(0);
    const verify = await run("verify", "--foreign-apis");
    expect(verify.code, verify.stdout).toBe(0);
    const again = await run("bootstrap", "--yes");
    expect(again.stdout, again.stderr).toContain("Nothing to do");
    expect(await client(String(client_id))).toEqual(before);

    await local.setModel(library.replace('"create:users"]', '"update:users"]'));
    const changed = await run("bootstrap", "--yes");
    expect(changed.code, changed.stderr).toBe(0);
    // The credential of the tests holds a grant on the Management API as well, with far more scopes.
    const management = (await grants()).find(
      ({ scope }) => scope?.includes("update:users") && !scope.includes("read:clients"),
    );
    expect(management?.scope?.toSorted()).toEqual(["read:users", "update:users"]);

    await local.management.send("DELETE", `client-grants/${adopted}`, undefined, z.unknown());
    expect((await run("drift")).code).toBe(7);
    const fixed = await run("drift", "--fix", "--yes");
    expect(fixed.code, fixed.stdout + fixed.stderr).toBe(0);

    const gone = await run("teardown", "--yes", "--adopted", "delete");
    expect(gone.code, gone.stderr).toBe(0);
    expect((await grants()).filter(({ audience }) => audience !== `${local.record.url}/api/v2/`)).toEqual([]);
    expect(await client(String(client_id))).toEqual(before);
    expect(await local.management.get(`resource-servers/${billingId}`, z.looseObject({}))).toMatchObject(
      billing,
    );
  });

  test("teardown leaves grants of others' applications that it adopted, and deletes those that it made", {
    tags: ["soak"],
  }, async () => {
    local = await startLocal({
      provider,
      model: `foreignApis: { billing: "https://billing.example" }
applications:
  storefront: { owner: elsewhere, name: Storefront, grants: { billing: [pay] } }
  kiosk: { owner: elsewhere, name: Kiosk, grants: { billing: [pay] } }
`,
    });
    const audience = "https://billing.example";
    await send("resource-servers", { name: "Billing", identifier: audience, scopes: [{ value: "pay" }] });
    const [storefront] = await Promise.all(
      ["Storefront", "Kiosk"].map((name) => send("clients", { name, app_type: "regular_web" })),
    );
    const { id } = await send("client-grants", {
      client_id: storefront?.client_id,
      audience,
      scope: ["pay"],
      subject_type: "client",
    });
    const first = await run("bootstrap", "--yes");
    expect(first.code, first.stderr).toBe(0);
    const refused = await run("teardown", "--yes");
    expect(refused.code, refused.stdout).toBe(2);
    expect(refused.stderr).toContain(String(id));
    const { code, stderr } = await run("teardown", "--yes", "--adopted", "release");
    expect(code, stderr).toBe(0);
    expect((await grants()).flatMap((grant) => (grant.audience === audience ? grant.id : []))).toEqual([id]);

    const again = await run("bootstrap", "--yes");
    expect(again.code, again.stderr).toBe(0);
    const released = await run("release", "kiosk", "--yes");
    expect(released.code, released.stderr).toBe(0);
    expect((await grants()).filter((grant) => grant.audience === audience)).toHaveLength(2);
    const state = await local.pulumi.run(["stack", "export"]);
    expect(state.stdout).toContain("storefront");
    expect(state.stdout).not.toContain("kiosk");
  });

  test("a model without an API of its own grants what the Management API offers", async () => {
    local = await startLocal({
      provider,
      model: `foreignApis: { auth0: management }
applications:
  sign-up-helper:
    name: Sign-up helper
    authentication: client_secret_post
    grants: { auth0: ["update:users"] }
`,
    });
    const { code, stderr } = await run("bootstrap", "--yes");
    expect(code, stderr).toBe(0);
    expect((await run("drift")).code).toBe(0);
    expect((await run("verify")).code).toBe(0);
    expect((await run("verify", "--foreign-apis")).code).toBe(0);
  });
}
