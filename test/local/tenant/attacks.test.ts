/** What an attacker would try first; each refused, and for the right reason. */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTenant, type TestTenant } from "./support/running.ts";

let tenant: TestTenant;
let other: TestTenant;
beforeAll(async () => {
  [tenant, other] = await Promise.all([startTenant(), startTenant({ ownKeys: true })]);
});
afterAll(async () => {
  await Promise.all([tenant[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
});

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

async function parts() {
  const [header = "", claims = "", signature = ""] = (await tenant.managementToken()).split(".");
  const read = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  return { header: read(header), claims: read(claims), signature };
}

const use = (token: string) =>
  tenant.call({ path: "/api/v2/clients", headers: { authorization: `Bearer ${token}` } });

describe("a management token", () => {
  const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const sign = async (claims: object, header: object = {}) => {
    const real = await parts();
    return new SignJWT({ ...real.claims, ...claims })
      .setProtectedHeader({ ...real.header, ...header })
      .sign(stranger.privateKey);
  };

  test("without a signature is refused", async () => {
    const { header, claims } = await parts();
    const { status, body } = await use(`${encode({ ...header, alg: "none" })}.${encode(claims)}.`);
    expect([status, body.message]).toEqual([401, "Invalid token"]);
  });

  test("signed symmetrically with the public key is refused", async () => {
    const { header, claims } = await parts();
    const [key] = (await tenant.call({ path: "/.well-known/jwks.json" })).body.keys;
    const pem = `-----BEGIN CERTIFICATE-----\n${key.x5c[0]}\n-----END CERTIFICATE-----\n`;
    for (const secret of [pem, key.n, key.x5c[0]]) {
      const forged = await new SignJWT(claims)
        .setProtectedHeader({ ...header, alg: "HS256" })
        .sign(new TextEncoder().encode(secret));
      expect((await use(forged)).body.message).toBe("Invalid token");
    }
  });

  test("signed by a stranger under a known key id is refused for its signature", async () => {
    const { status, body } = await use(await sign({}));
    expect([status, body.message]).toEqual([401, "Invalid signature received for JSON Web Token validation"]);
  });

  test("of an unknown key, or of another tenant's, is refused", async () => {
    expect((await use(await sign({}, { kid: "unknown" }))).body.message).toBe("Invalid token");
    expect((await use(await other.managementToken())).body.message).toBe("Invalid token");
  });

  test("for another API of the same tenant is refused", async () => {
    await tenant.manage("POST", "/resource-servers", {
      identifier: "urn:mine",
      scopes: [{ value: "read:clients" }],
    });
    const { client_id, client_secret } = (await tenant.manage("POST", "/clients", { name: "Mine" })).body;
    await tenant.manage("POST", "/client-grants", {
      client_id,
      audience: "urn:mine",
      scope: ["read:clients"],
    });
    const { body } = await tenant.token({ client_id, client_secret, audience: "urn:mine" });
    expect((await use(body.access_token)).body.message).toBe("Invalid token");
  });

  test("that has expired is refused, and says so", async () => {
    await tenant.managementToken();
    await tenant.control("POST", "/clock", { advanceMs: 86_401_000 });
    const { status, body } = await use(await tenant.managementToken());
    await tenant.control("POST", "/reset");
    expect([status, body.message]).toEqual([401, "Expired token received for JSON Web Token validation"]);
  });

  test("from a time to come is refused", async () => {
    await tenant.control("POST", "/clock", { advanceMs: 3_600_000 });
    const { client_id, client_secret } = { client_id: tenant.clientId, client_secret: tenant.clientSecret };
    const early = await tenant.token({ client_id, client_secret, audience: `${tenant.url}/api/v2/` });
    await tenant.control("POST", "/reset");
    const { status, body } = await use(early.body.access_token);
    expect([status, body.message]).toEqual([401, "Invalid token"]);
  });

  test.each(["", "Bearer", "Bearer x", "Bearer a.b", "Bearer a.b.c.d", "Basic eDp5", "Bearer ÿ.ÿ.ÿ"])(
    "that is not one is refused: %j",
    async (authorization) => {
      const { status } = await tenant.call({
        path: "/api/v2/clients",
        headers: { authorization: Buffer.from(authorization).toString("latin1") },
      });
      expect([400, 401]).toContain(status);
    },
  );
});

describe("a request", () => {
  const management = async () => ({ authorization: `Bearer ${await tenant.managementToken()}` });

  test("with an oversized body is refused before it is read", async () => {
    const raw = JSON.stringify({ identifier: "x".repeat(1_100_000) });
    const answer = await tenant.call({
      method: "POST",
      path: "/api/v2/clients",
      raw,
      headers: await management(),
    });
    expect(answer.status).toBe(413);
  });

  test("with a deeply nested body is refused", async () => {
    const raw = `{"name":"x","client_metadata":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const answer = await tenant.call({
      method: "POST",
      path: "/api/v2/clients",
      raw,
      headers: await management(),
    });
    expect([answer.status, answer.body.errorCode]).toEqual([400, "invalid_body"]);
    const token = await tenant.call({ method: "POST", path: "/oauth/token", raw });
    expect([token.status, token.body.error]).toEqual([400, "invalid_request"]);
  });

  test.each(["{", '{"name":', "nonsense", '"text"', "[1]", '{"__proto__":{"name":"x"}}'])(
    "with a body that is no proper object is refused: %s",
    async (raw) => {
      const answer = await tenant.call({
        method: "POST",
        path: "/api/v2/clients",
        raw,
        headers: await management(),
      });
      expect(answer.status).toBe(400);
    },
  );

  test.each([
    "/api/v2/clients/..%2f..%2fetc%2fpasswd",
    "/api/v2/clients/%2e%2e%2fclient-grants",
    "/api/v2/clients/%00",
    "/api/v2/clients/%zz",
    "/api/v2/resource-servers/..%252f..%252fx",
    "/api/v2/clients/'%20OR%201=1--",
    "/api/v2/../../tenant.sqlite",
    "/.well-known/../tenant.sqlite",
  ])("that leaves its path finds nothing: %s", async (path) => {
    const answer = await tenant.call({ path, headers: await management() });
    expect([400, 404]).toContain(answer.status);
  });

  test("cannot smuggle a header into an answer or a second request into the first", async () => {
    const identifier = "urn:x\r\nset-cookie: a=b";
    await tenant.manage("POST", "/resource-servers", { identifier });
    const { headers, body } = await tenant.token({
      client_id: "x\r\ny: z",
      client_secret: "x",
      audience: identifier,
    });
    expect(headers).not.toHaveProperty("set-cookie");
    expect(body.error).toBe("access_denied");
    const raw =
      "GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET";
    expect(await speak(raw)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("that gives a parameter twice is refused", async () => {
    const raw = "grant_type=client_credentials&audience=a&audience=b";
    const answer = await tenant.call({
      ...{ method: "POST", path: "/oauth/token", raw },
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(answer.body).toMatchObject({ error: "invalid_request" });
  });
});

test("a grant that was deleted a moment ago gives no token, nor does a secret that was rotated", async () => {
  await tenant.manage("POST", "/resource-servers", { identifier: "urn:brief" });
  const { client_id, client_secret } = (await tenant.manage("POST", "/clients", { name: "Brief" })).body;
  const grant = await tenant.manage("POST", "/client-grants", {
    client_id,
    audience: "urn:brief",
    scope: [],
  });
  const ask = async () => (await tenant.token({ client_id, client_secret, audience: "urn:brief" })).status;
  expect(await ask()).toBe(200);
  await tenant.manage("DELETE", `/client-grants/${grant.body.id}`);
  expect(await ask()).toBe(403);
  await tenant.manage("POST", `/clients/${client_id}/rotate-secret`);
  expect(await ask()).toBe(401);
});

/** Sends bytes as they are and returns the start of the answer. */
function speak(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const port = Number(tenant.domain.split(":")[1]);
    const socket = connect({
      host: "127.0.0.1",
      servername: "localhost",
      port,
      ca: readFileSync(tenant.caFile),
    });
    socket.once("secureConnect", () => socket.write(text));
    socket.once("data", (data) => {
      resolve(data.toString("latin1"));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
