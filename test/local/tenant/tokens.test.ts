/** Tokens as verifiers see them: algorithms, profiles, scopes, authentication, lifetimes, keys. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTenant, type TestTenant } from "./support/running.ts";

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await startTenant();
});
afterAll(() => tenant[Symbol.asyncDispose]());

let counter = 0;

/** An API, an application and a grant between them. */
async function arrange(api: object = {}, client: object = {}, grant: object = {}) {
  const audience = `urn:api:${++counter}`;
  const scopes = [{ value: "read:a" }, { value: "read:b" }];
  const server = (await tenant.manage("POST", "/resource-servers", { identifier: audience, scopes, ...api }))
    .body;
  const wanted = {
    name: "Job",
    app_type: "non_interactive",
    token_endpoint_auth_method: "client_secret_post",
  };
  const { client_id, client_secret } = (await tenant.manage("POST", "/clients", { ...wanted, ...client }))
    .body;
  const scope = ["read:b", "read:a"];
  const made = await tenant.manage("POST", "/client-grants", { client_id, audience, scope, ...grant });
  return { audience, client_id, client_secret, server, grantId: made.body.id as string };
}

const jwks = async () => createLocalJWKSet((await tenant.call({ path: "/.well-known/jwks.json" })).body);

describe("an access token", () => {
  test("of the Auth0 profile carries these claims, in this order", async () => {
    const { audience, client_id, client_secret } = await arrange({ token_lifetime: 120 });
    const { body, headers } = await tenant.token({ client_id, client_secret, audience });
    expect(Object.keys(body)).toEqual(["access_token", "scope", "expires_in", "token_type"]);
    expect(body).toMatchObject({ scope: "read:b read:a", expires_in: 120, token_type: "Bearer" });
    expect(headers["cache-control"]).toBe("no-store");
    const { payload, protectedHeader } = await jwtVerify(body.access_token, await jwks());
    expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT", kid: expect.stringMatching(/^[\w-]{21}$/) });
    expect(Object.keys(payload)).toEqual(["iss", "sub", "aud", "iat", "exp", "scope", "gty", "azp"]);
    expect(payload).toMatchObject({
      iss: `${tenant.url}/`,
      sub: `${client_id}@clients`,
      aud: audience,
      scope: "read:b read:a",
      gty: "client-credentials",
      azp: client_id,
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(120);
  });

  test("of the RFC 9068 profile says who the client is, and which token it is", async () => {
    const { audience, client_id, client_secret } = await arrange({ token_dialect: "rfc9068_profile" });
    const { body } = await tenant.token({ client_id, client_secret, audience });
    const { payload, protectedHeader } = await jwtVerify(body.access_token, await jwks(), { typ: "at+jwt" });
    expect(protectedHeader.typ).toBe("at+jwt");
    expect(payload).toMatchObject({ client_id, jti: expect.stringMatching(/^[A-Za-z0-9]{22}$/) });
    expect(payload).not.toHaveProperty("azp");
    expect(payload).not.toHaveProperty("gty");
  });

  test.each(["access_token_authz", "rfc9068_profile_authz"])(
    "of dialect %s lists permissions, with policies on",
    async (token_dialect) => {
      const { audience, client_id, client_secret, server } = await arrange({
        token_dialect,
        enforce_policies: true,
      });
      const issue = async () =>
        decodeJwt((await tenant.token({ client_id, client_secret, audience })).body.access_token);
      expect((await issue()).permissions).toEqual(["read:b", "read:a"]);
      await tenant.manage("PATCH", `/resource-servers/${server.id}`, { enforce_policies: false });
      expect(await issue()).not.toHaveProperty("permissions");
    },
  );

  test.each(["PS256", "RS512"])("of a %s API verifies once the JWKS leaves alg out", async (signing_alg) => {
    const { audience, client_id, client_secret } = await arrange({ signing_alg });
    const { body } = await tenant.token({ client_id, client_secret, audience });
    await expect(jwtVerify(body.access_token, await jwks())).rejects.toThrow();
    await tenant.manage("PATCH", "/tenants/settings", { flags: { remove_alg_from_jwks: true } });
    const { protectedHeader } = await jwtVerify(body.access_token, await jwks());
    expect(protectedHeader.alg).toBe(signing_alg);
    await tenant.manage("PATCH", "/tenants/settings", { flags: { remove_alg_from_jwks: false } });
  });

  test("of a symmetric API is signed with its secret and names no key", async () => {
    const { audience, client_id, client_secret, server } = await arrange({ signing_alg: "HS256" });
    const { body } = await tenant.token({ client_id, client_secret, audience });
    const { protectedHeader } = await jwtVerify(
      body.access_token,
      new TextEncoder().encode(server.signing_secret),
    );
    expect(protectedHeader).toEqual({ alg: "HS256", typ: "JWT" });
  });

  test("has no scope where nothing was granted, only what was asked for, and never more than that", async () => {
    const { audience, client_id, client_secret, grantId } = await arrange();
    const ask = async (more: Record<string, string> = {}) =>
      (await tenant.token({ client_id, client_secret, audience, ...more })).body;
    expect((await ask({ scope: "read:a" })).scope).toBe("read:a");
    expect(await ask({ scope: "read:a write:all" })).toEqual({
      error: "access_denied",
      error_description: "Client has not been granted scopes: write:all",
    });
    await tenant.manage("PATCH", `/client-grants/${grantId}`, { scope: [] });
    const { access_token, ...rest } = await ask();
    expect(rest).toEqual({ expires_in: 86_400, token_type: "Bearer" });
    expect(decodeJwt(access_token)).not.toHaveProperty("scope");
    await tenant.manage("PATCH", `/client-grants/${grantId}`, { allow_all_scopes: true });
    expect((await ask()).scope).toBe("read:a read:b");
  });
});

describe("an application", () => {
  test("sends its secret as its method says, in JSON or as a form", async () => {
    const post = await arrange();
    const basic = await arrange({}, { token_endpoint_auth_method: "client_secret_basic" });
    const ask = async ({ audience, client_id, client_secret }: typeof post, how: "body" | "header") => {
      const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}`;
      const form = { grant_type: "client_credentials", audience };
      const answer = await tenant.call({
        ...{ method: "POST", path: "/oauth/token" },
        form: how === "body" ? { ...form, client_id, client_secret } : form,
        headers: how === "header" ? { authorization } : {},
      });
      return answer.status;
    };
    expect([await ask(post, "body"), await ask(basic, "header")]).toEqual([200, 200]);
    expect([await ask(post, "header"), await ask(basic, "body")]).toEqual([401, 401]);
  });

  test("is refused in the words of Auth0", async () => {
    const { audience, client_id, client_secret, grantId } = await arrange();
    const ask = async (more: Record<string, string>) => {
      const { status, body } = await tenant.token({ client_id, client_secret, audience, ...more });
      return [status, body.error, body.error_description];
    };
    expect(await ask({ client_secret: "wrong" })).toEqual([401, "access_denied", "Unauthorized"]);
    expect(await ask({ client_id: "unknown" })).toEqual([401, "access_denied", "Unauthorized"]);
    expect(await ask({ audience: "urn:unknown" })).toEqual([
      ...[403, "access_denied", "Service not enabled within domain: urn:unknown"],
    ]);
    expect(await ask({ audience: "" })).toEqual([
      ...[
        403,
        "access_denied",
        "No audience parameter was provided, and no default audience has been configured",
      ],
    ]);
    expect(await ask({ grant_type: "nonsense" })).toEqual([
      400,
      "unsupported_grant_type",
      "Grant type not supported",
    ]);
    expect(await ask({ grant_type: "authorization_code", code: "x" })).toEqual([
      ...[403, "invalid_grant", "Invalid authorization code"],
    ]);
    await tenant.manage("DELETE", `/client-grants/${grantId}`);
    expect(await ask({})).toEqual([
      ...[403, "access_denied"],
      `Client "${client_id}" is not authorized to access resource server "${audience}". You need to create a "client-grant" associated to this API.`,
    ]);
    await tenant.manage("PATCH", `/clients/${client_id}`, { grant_types: ["authorization_code"] });
    expect((await tenant.token({ client_id, client_secret, audience })).body).toEqual({
      error: "unauthorized_client",
      error_description: "Grant type 'client_credentials' not allowed for the client.",
      error_uri: "https://auth0.com/docs/clients/client-grant-types",
    });
  });

  test("uses the tenant's default audience when it names none", async () => {
    const { audience, client_id, client_secret } = await arrange();
    await tenant.manage("PATCH", "/tenants/settings", { default_audience: audience });
    const { body } = await tenant.token({ client_id, client_secret });
    expect(decodeJwt(body.access_token).aud).toBe(audience);
    await tenant.manage("PATCH", "/tenants/settings", { default_audience: "" });
  });

  test("leaves an entry in the log for each token that it got or was refused", async () => {
    const { audience, client_id, client_secret } = await arrange();
    await tenant.token({ client_id, client_secret, audience });
    await tenant.token({ client_id, client_secret: "a-wrong-secret", audience });
    const { body } = await tenant.manage(
      "GET",
      `/logs?q=${encodeURIComponent(`client_id:"${client_id}"`)}&sort=date:1`,
    );
    expect(body).toMatchObject([
      { type: "seccft", client_name: "Job", audience, scope: "read:b read:a" },
      { type: "feccft", client_name: "Job", audience, description: "Unauthorized" },
    ]);
    expect(JSON.stringify(body)).not.toContain("a-wrong-secret");
  });
});

describe("private_key_jwt", () => {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const others = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pemOf = (key: KeyObject) => String(key.export({ type: "spki", format: "pem" }));
  let job: Awaited<ReturnType<typeof arrange>>;

  beforeAll(async () => {
    job = await arrange();
    const path = `/clients/${job.client_id}`;
    const uploaded = { credential_type: "public_key", pem: pemOf(keys.publicKey), alg: "RS256" };
    const { id } = (await tenant.manage("POST", `${path}/credentials`, uploaded)).body;
    const client_authentication_methods = { private_key_jwt: { credentials: [{ id }] } };
    await tenant.manage("PATCH", path, { client_authentication_methods, token_endpoint_auth_method: null });
  });

  const assertion = (claims: object = {}, header: object = {}, key: KeyObject = keys.privateKey) => {
    const now = Math.floor(Date.now() / 1000);
    const id = job.client_id;
    const payload = {
      iss: id,
      sub: id,
      aud: `${tenant.url}/`,
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
      ...claims,
    };
    return new SignJWT(payload).setProtectedHeader({ alg: "RS256", ...header }).sign(key);
  };
  const present = (client_assertion: string, more: Record<string, string> = {}) =>
    tenant.token({
      client_assertion,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      audience: job.audience,
      ...more,
    });

  test("gives a token for an assertion that keeps Auth0's limits, with or without client_id and kid", async () => {
    expect((await present(await assertion())).status).toBe(200);
    const { e, kty, n } = keys.publicKey.export({ format: "jwk" });
    const kid = createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
    expect((await present(await assertion({}, { kid }), { client_id: job.client_id })).status).toBe(200);
  });

  const now = () => Math.floor(Date.now() / 1000);
  const refusals: [string, () => Promise<string> | string, string][] = [
    [
      "lives longer than five minutes",
      () => assertion({ exp: now() + 301 }),
      "no more than 5 minutes after 'iat'",
    ],
    [
      "lives long and hides it by leaving iat out",
      () => assertion({ iat: undefined, exp: now() + 3600 }),
      "5 minutes",
    ],
    ["has expired", () => assertion({ iat: now() - 100, exp: now() - 11 }), "expired"],
    ["is not valid yet", () => assertion({ nbf: now() + 60 }), "'nbf'"],
    ["names another audience", () => assertion({ aud: `${"https://other.example/"}` }), "'aud'"],
    ["has no jti", () => assertion({ jti: undefined }), "'jti' claim is required"],
    ["has too long a jti", () => assertion({ jti: "x".repeat(65) }), "'jti' claim is longer"],
    ["is longer than 2048 bytes", () => assertion({ padding: "x".repeat(2048) }), "longer than 2048 bytes"],
    ["is signed by another key", () => assertion({}, {}, others.privateKey), "Signature"],
    ["uses another algorithm", () => assertion({}, { alg: "PS256" }), "'alg' header must equal"],
    ["names an unknown key", () => assertion({}, { kid: "unknown-kid" }), "'kid' header"],
    ["speaks for another client", () => assertion({ iss: "another", sub: "another" }), "not configured"],
    ["differs in issuer and subject", () => assertion({ sub: "another" }), "'sub' claim must equal"],
    ["is no JWT", () => "nonsense", "not a JWT"],
  ];
  test.each(refusals)("refuses an assertion that %s", async (_, make, reason) => {
    const { status, body } = await present(await make());
    expect([status, body.error]).toEqual([401, "invalid_client"]);
    expect(body.error_description).toContain(reason);
  });

  test("refuses an assertion for another client than the request names, and one that was used before", async () => {
    const once = await assertion();
    expect((await present(once, { client_id: tenant.clientId })).body.error_description).toContain(
      "client_id of the request",
    );
    expect((await present(once)).status).toBe(200);
    expect((await present(once)).body).toEqual({
      error: "invalid_client",
      error_description: "'jti' claim was used before",
    });
  });

  test("takes the secret away, and gives the old one back afterwards", async () => {
    const path = `/clients/${job.client_id}`;
    const { client_id, client_secret, audience } = job;
    expect((await tenant.manage("GET", path)).body).not.toHaveProperty("client_secret");
    expect((await tenant.token({ client_id, client_secret, audience })).status).toBe(401);
    const back = { client_authentication_methods: null, token_endpoint_auth_method: "client_secret_post" };
    expect((await tenant.manage("PATCH", path, back)).body.client_secret).toBe(client_secret);
    expect((await tenant.token({ client_id, client_secret, audience })).status).toBe(200);
  });

  test("takes two keys at most in use, four at most uploaded, none of them twice or private", async () => {
    const { client_id } = await arrange();
    const path = `/clients/${client_id}/credentials`;
    const upload = (pem: string) => tenant.manage("POST", path, { credential_type: "public_key", pem });
    const ids: string[] = [];
    for (const _ of [1, 2, 3, 4]) {
      ids.push((await upload(pemOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey))).body.id);
    }
    expect((await upload(pemOf(keys.publicKey))).body.message).toBe(
      "A client can have a maximum of 4 credentials.",
    );
    await tenant.manage("DELETE", `${path}/${ids[3]}`);
    expect((await upload(pemOf(keys.publicKey))).status).toBe(201);
    await tenant.manage("DELETE", `${path}/${ids[2]}`);
    expect((await upload(pemOf(keys.publicKey))).body.message).toContain("already exist in client");
    expect((await upload(String(keys.privateKey.export({ type: "pkcs8", format: "pem" })))).status).toBe(400);
    const credentials = ids.slice(0, 3).map((id) => ({ id }));
    const listed = await tenant.manage("PATCH", `/clients/${client_id}`, {
      client_authentication_methods: { private_key_jwt: { credentials } },
      token_endpoint_auth_method: null,
    });
    expect(listed.body.message).toContain("'Array is too long (3), maximum 2'");
  });
});

describe("signing keys", () => {
  test("rotate and are revoked as Auth0 does it, and the JWKS follows", async () => {
    await using own = await startTenant();
    const published = async (): Promise<string[]> =>
      (await own.call({ path: "/.well-known/jwks.json" })).body.keys.map(({ kid }: { kid: string }) => kid);
    const list = async () => (await own.manage("GET", "/keys/signing")).body;
    const [current, next] = await published();
    expect(await list()).toMatchObject([
      { kid: next, next: true, revoked: false },
      { kid: current, current: true, fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/) },
    ]);
    const old = await own.managementToken();

    const rotated = await own.manage("POST", "/keys/signing/rotate");
    expect(rotated.status).toBe(201);
    expect(Object.keys(rotated.body).sort()).toEqual(["cert", "kid"]);
    expect(await published()).toEqual([next, rotated.body.kid, current]);
    const api = `${own.url}/api/v2/`;
    const fresh = await own.token({
      client_id: own.clientId,
      client_secret: own.clientSecret,
      audience: api,
    });
    expect(decodeProtectedHeader(fresh.body.access_token).kid).toBe(next);
    const read = (token: string) =>
      own.call({ path: "/api/v2/clients", headers: { authorization: `Bearer ${token}` } });
    expect((await read(old)).status).toBe(200);

    expect((await own.manage("PUT", `/keys/signing/${next}/revoke`)).status).toBe(400);
    const revoked = await own.call({
      ...{ method: "PUT", path: `/api/v2/keys/signing/${current}/revoke` },
      headers: { authorization: `Bearer ${fresh.body.access_token}` },
    });
    expect([revoked.status, revoked.body.kid]).toEqual([200, current]);
    expect(await published()).toEqual([next, rotated.body.kid]);
    expect((await read(old)).body.message).toBe("Invalid token");
    expect((await read(fresh.body.access_token)).status).toBe(200);
  });
});
