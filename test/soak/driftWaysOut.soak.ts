/** The ways out that a report names for what `pulumi up` alone cannot fix: each one, followed, ends the difference. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { readIds } from "../../scripts/session/ids.ts";
import { combinations, modelOf, prepareCombinations } from "../helpers/combinations.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";
import { findingsOf } from "../scripts/access/drift/driftTenant.ts";

const key = "private-key-jwt";
const api = "rfc9068-authz-ps256";

describe.each(providers)("on the %s provider", (provider) => {
  let local: LocalStack;
  let bootstrap: () => ReturnType<LocalStack["run"]>;

  beforeEach(async () => {
    local = await startLocal({ provider });
    const privateKey = await prepareCombinations(local);
    const chosen = combinations.filter(
      ({ profile, permissions, algorithm, authentication }) =>
        profile === "rfc9068" &&
        permissions &&
        algorithm === "PS256" &&
        authentication !== "client_secret_basic",
    );
    await local.setModel(modelOf(chosen));
    bootstrap = () => local.run(["bootstrap", "--stack", "local", "--yes", "--private-key", privateKey]);
    const { code, stderr } = await bootstrap();
    expect(code, stderr).toBe(0);
  });
  afterEach(() => local.close());

  const drift = (...argv: string[]) => local.run(["drift", "--stack", "local", "--json", ...argv]);
  const send = <T = unknown>(method: "POST" | "PATCH" | "DELETE", at: string, body?: unknown) =>
    local.management.send(method, at, body, z.unknown()) as Promise<T>;
  const ids = () => readIds(local.stack);
  const clean = async () => {
    const { code, stdout, stderr } = await drift();
    expect(findingsOf({ code, stdout, stderr })).toEqual([]);
    expect(code).toBe(0);
  };
  /** What is found, and what is left of it once `--fix` has run. */
  const fixed = async () => {
    const found = findingsOf(await drift("--no-blame"));
    const result = await drift("--fix", "--yes", "--no-blame");
    return { found, ...result, left: findingsOf(result).map(({ path }) => path) };
  };

  test.each([
    ["with a secret", "client-secret-post"],
    ["with a key", key],
  ])("an application %s that is deleted comes back with another id", async (_how, which) => {
    const before = (await ids()).applications[which];
    await send("DELETE", `clients/${before}`);
    const { found, code, stderr } = await fixed();
    expect(found).toMatchObject([
      { kind: "missing", fix: { command: expect.stringContaining("drift --fix") } },
    ]);
    expect(found[0]?.fix.text).toContain("another client id");
    expect(code, stderr).toBe(0);
    expect((await ids()).applications[which]).not.toBe(before);
    await clean();
  });

  test("an application that is made again by hand is left to bootstrap, which adopts it", async () => {
    await send("DELETE", `clients/${(await ids()).applications["client-secret-post"]}`);
    const { client_id } = await send<{ client_id: string }>("POST", "clients", {
      name: "Application client-secret-post",
      app_type: "non_interactive",
      grant_types: ["client_credentials"],
      token_endpoint_auth_method: "client_secret_post",
    });
    const { found, code } = await fixed();
    expect(found[0]?.fix.command).toContain("bootstrap");
    expect(code).toBe(7);
    const adopted = await bootstrap();
    expect(adopted.code, adopted.stderr).toBe(0);
    expect((await ids()).applications["client-secret-post"]).toBe(client_id);
    await clean();
  });

  test("an API that is made again by hand is left to bootstrap, which adopts it", async () => {
    await send("DELETE", `resource-servers/${(await ids()).apis[api]}`);
    const { identifier = "" } = local.model().apis[api] ?? {};
    const { id } = await send<{ id: string }>("POST", "resource-servers", { identifier, name: "By hand" });
    const { found, code } = await fixed();
    expect(found[0]?.fix.command).toContain("bootstrap");
    expect(code).toBe(7);
    const adopted = await bootstrap();
    expect(adopted.code, adopted.stderr).toBe(0);
    expect((await ids()).apis[api]).toBe(id);
    await clean();
  });

  test("a key that was deleted is uploaded again, and one that was given an end is left to a person", async () => {
    const at = `clients/${(await ids()).applications[key]}`;
    const [own] = await credentials(at);
    const leave = { client_authentication_methods: null, token_endpoint_auth_method: "client_secret_post" };
    await send("PATCH", at, leave);
    await send("DELETE", `${at}/credentials/${own?.id}`);
    const deleted = await fixed();
    expect([deleted.code, deleted.left], deleted.stderr).toEqual([0, []]);

    const [again] = await credentials(at);
    await send("PATCH", `${at}/credentials/${again?.id}`, { expires_at: "2031-01-01T00:00:00.000Z" });
    const ending = await fixed();
    expect([ending.code, ending.left.length]).toEqual([7, 1]);
    expect(ending.stderr).toContain("pulumi up does not write it");
    expect(ending.found[0]?.fix.text).toContain(`PATCH ${at}/credentials/${again?.id} with expires_at null`);
    await send("PATCH", `${at}/credentials/${again?.id}`, { expires_at: null });
    await clean();
  });

  test("a grant that was made again by hand is adopted with the scopes of the model", async () => {
    const which = `${key}/${api}`;
    const { applications, grants } = await ids();
    await send("DELETE", `client-grants/${grants[which]}`);
    const { identifier: audience } = local.model().apis[api] ?? {};
    await send("POST", "client-grants", { client_id: applications[key], audience, scope: [] });
    const { code, left, stderr } = await fixed();
    expect([code, left], stderr).toEqual([0, []]);
    await clean();
  });

  const credentials = async (at: string) =>
    (await local.management.get(`${at}/credentials`, z.array(z.object({ id: z.string() })))) ?? [];
});
