/** A token endpoint and a key set, no more: enough to sign tokens for the Timesheets API in tests. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export interface StubTenant {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly credentials: Record<string, string>;
  /** Tokens issued so far. */
  readonly issued: () => number;
  /** Seconds that the next tokens live. */
  lifetime: number;
  /** Scopes of the next tokens. */
  scope: string;
  /** False refuses the next requests as Auth0 does once the grant is gone. */
  granted: boolean;
  /** Signs with a new key from now on; both stay published. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

export const audience = "https://api.exampleco.com/timesheets";

export async function startStubTenant(): Promise<StubTenant> {
  const keys: {
    kid: string;
    privateKey: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
    jwk: object;
  }[] = [];
  const addKey = async () => {
    const kid = `key-${keys.length}`;
    const { privateKey, publicKey } = await generateKeyPair("RS256");
    keys.push({ kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } });
  };
  await addKey();
  let issued = 0;
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url === "/.well-known/openid-configuration") {
      answer(200, {
        issuer: tenant.issuer,
        jwks_uri: `${tenant.issuer}keys`,
        id_token_signing_alg_values_supported: ["RS256"],
      });
      return;
    }
    if (request.url === "/keys") {
      answer(200, { keys: keys.map(({ jwk }) => jwk) });
      return;
    }
    let form = "";
    for await (const chunk of request) form += chunk;
    const fields = new URLSearchParams(form);
    if (fields.get("client_secret") !== tenant.credentials.clientSecret) {
      answer(401, { error: "access_denied", error_description: "Unauthorized" });
      return;
    }
    if (!tenant.granted) {
      answer(403, {
        error: "access_denied",
        error_description: "Client is not authorized to access it.",
      });
    }
    const key = keys.at(-1);
    if (!key) throw new Error("no key");
    issued++;
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({
      scope: tenant.scope,
      azp: fields.get("client_id"),
      gty: "client-credentials",
    })
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: key.kid })
      .setIssuer(tenant.issuer)
      .setSubject(`${fields.get("client_id")}@clients`)
      .setAudience(String(fields.get("audience")))
      .setIssuedAt(now)
      .setExpirationTime(now + tenant.lifetime)
      .sign(key.privateKey);
    answer(200, {
      access_token: token,
      scope: tenant.scope,
      expires_in: tenant.lifetime,
      token_type: "Bearer",
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const tenant: StubTenant = {
    issuer,
    tokenEndpoint: `${issuer}oauth/token`,
    credentials: {
      tokenEndpoint: `${issuer}oauth/token`,
      clientId: "importjob",
      clientSecret: "a-secret-that-must-not-show",
      audience,
    },
    issued: () => issued,
    lifetime: 3600,
    scope: "batch:upload",
    granted: true,
    rotate: addKey,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return tenant;
}
