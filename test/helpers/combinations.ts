/** Every way the scenario leaves open: four token dialects, three algorithms, three ways to authenticate. */
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from "jose";
import { expect } from "vitest";
import { z } from "zod";
import { type ClientProof, requestAccessToken } from "../../scripts/tokens/accessToken.ts";
import { signClientAssertion } from "../../scripts/tokens/clientAssertion.ts";
import type { LocalStack } from "./localStack.ts";

export interface Combination {
  readonly profile: "auth0" | "rfc9068";
  /** Whether the token carries `permissions`. */
  readonly permissions: boolean;
  readonly algorithm: "RS256" | "PS256" | "HS256";
  readonly authentication: "client_secret_post" | "client_secret_basic" | "private_key_jwt";
}

const profiles = ["auth0", "rfc9068"] as const;
const algorithms = ["RS256", "PS256", "HS256"] as const;
const methods = ["client_secret_post", "client_secret_basic", "private_key_jwt"] as const;

export const combinations: readonly Combination[] = profiles.flatMap((profile) =>
  [false, true].flatMap((permissions) =>
    algorithms.flatMap((algorithm) =>
      methods.map((authentication) => ({ profile, permissions, algorithm, authentication })),
    ),
  ),
);

export function titleOf({ profile, permissions, algorithm, authentication }: Combination): string {
  return `${profile}${permissions ? " with permissions" : ""}, ${algorithm}, ${authentication}`;
}

const apiKey = ({ profile, permissions, algorithm }: Combination) =>
  `${profile}-${permissions ? "authz" : "plain"}-${algorithm.toLowerCase()}`;
const applicationKey = ({ authentication }: Combination) => authentication.replaceAll("_", "-");
const identifierOf = (combination: Combination) => `https://api.exampleco.com/${apiKey(combination)}`;

/**
 * Twelve rows over which any two of the first columns take every pair of values (Plackett and Burman, 1946).
 */
const generator = [true, true, false, true, true, true, false, false, false, true, false];
const isChosen = (row: number, column: number): boolean =>
  row === 0 ? false : (generator[(column + row) % generator.length] ?? false);

/** The dozen of APIs, each with other settings beside its token: every two that are on or off meet in all four ways. */
function apiSettings(combination: Combination) {
  const row = [...new Set(combinations.map(apiKey))].indexOf(apiKey(combination));
  const users = (["any", "granted", "none"] as const)[row % 3];
  return {
    ...(isChosen(row, 0) && { refreshTokens: true }),
    ...(isChosen(row, 1) && { browserTokenLifetime: 1800 }),
    ...(isChosen(row, 2) && !combination.permissions && { roleBasedAccess: true }),
    ...(isChosen(row, 3) && { leaveAlone: ["proof_of_possession"] }),
    ...(isChosen(row, 4) && { thirdPartyGrants: ["read:timesheets"] }),
    ...(row % 4 !== 0 && { access: { applications: "granted", users } }),
  };
}

/** The application's grant for itself, and in half of the cases one for its users. */
function grantsOf(combination: Combination) {
  const row = combinations.indexOf(combination);
  const organizations = ([undefined, "deny", "allow"] as const)[row % 3];
  const own = {
    scopes: ["batch:upload"],
    ...(organizations && { organizations }),
    ...(organizations === "allow" && { anyOrganization: isChosen(row % 12, 5) }),
  };
  if (!isChosen(row % 12, 6)) return organizations ? own : own.scopes;
  return [own, { scopes: ["read:timesheets"], subject: "user" }];
}

const applicationSettings = {
  client_secret_post: { metadata: { team: "payroll" }, leaveAlone: ["token_quota"] },
  client_secret_basic: { callbacks: ["https://app.exampleco.com/callback"], metadata: {} },
  private_key_jwt: { leaveAlone: ["client_metadata", "session_transfer"] },
};

/** YAML of a model with one API for each token that the combinations ask for, and one application for each method. */
export function modelOf(chosen: readonly Combination[]): string {
  const apis = new Map(chosen.map((one) => [apiKey(one), one]));
  const applications = new Map(chosen.map((one) => [applicationKey(one), one]));
  const symmetric = [...apis].filter(([, { algorithm }]) => algorithm === "HS256");
  return JSON.stringify({
    apis: Object.fromEntries(
      [...apis].map(([key, one]) => [
        key,
        {
          name: `API ${key}`,
          identifier: identifierOf(one),
          signingAlgorithm: one.algorithm,
          tokenProfile: one.profile,
          permissionsInToken: one.permissions,
          tokenLifetime: 3600,
          ...apiSettings(one),
          scopes: { "batch:upload": "Upload timesheets in batches", "read:timesheets": "Read timesheets" },
        },
      ]),
    ),
    applications: Object.fromEntries(
      [...applications].map(([key, { authentication }]) => [
        key,
        {
          name: `Application ${key}`,
          authentication,
          ...(authentication === "private_key_jwt" ? { publicKeys: ["public.pem"] } : {}),
          grants: Object.fromEntries(
            chosen
              .filter((one) => one.authentication === authentication)
              .map((one) => [apiKey(one), grantsOf(one)]),
          ),
          ...applicationSettings[authentication],
        },
      ]),
    ),
    exceptions: [
      ...symmetric.map(([key]) => exceptionFrom("asymmetric-signing", `apis.${key}`)),
      ...[...applications]
        .filter(([, { authentication }]) => "callbacks" in applicationSettings[authentication])
        .map(([key]) => exceptionFrom("no-login-on-machines", `applications.${key}`)),
    ],
  });
}

const exceptionFrom = (rule: string, on: string) => ({
  ...{ rule, on, until: "2099-12-31" },
  reason: "everything is tried",
});

/** Makes the key pair of the applications that sign, and lets the tenant's JWKS fit PS256; returns the private key's file. */
export async function prepareCombinations(local: LocalStack): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const file = path.join(local.folder, "private.pem");
  await writeFile(path.join(local.folder, "public.pem"), publicKey);
  await writeFile(file, privateKey, { mode: 0o600 });
  const flags = { flags: { remove_alg_from_jwks: true } };
  await local.management.send("PATCH", "tenants/settings", flags, z.unknown());
  return file;
}

interface Held {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
}

/** Gets a token as the combination's application for its API, and holds it against what Auth0 documents. */
export async function expectToken(
  local: LocalStack,
  combination: Combination,
  applications: Readonly<Record<string, Held>>,
  privateKey: string,
): Promise<void> {
  const { profile, permissions, algorithm, authentication } = combination;
  const issuer = `${local.record.url}/`;
  const audience = identifierOf(combination);
  const held = applications[applicationKey(combination)];
  if (!held) throw new Error(`the stack has no output for ${applicationKey(combination)}`);
  const { clientId, clientSecret = "" } = held;
  const proof: ClientProof =
    authentication === "private_key_jwt"
      ? { method: authentication, assertion: await signClientAssertion(privateKey, clientId, issuer) }
      : { method: authentication, clientSecret };
  const token = await requestAccessToken({
    tokenEndpoint: `${issuer}oauth/token`,
    clientId,
    audience,
    proof,
  });
  expect(decodeProtectedHeader(token.value)).toMatchObject({
    alg: algorithm,
    typ: profile === "rfc9068" ? "at+jwt" : "JWT",
  });
  const options = { issuer, audience, algorithms: [algorithm] };
  const { payload } =
    algorithm === "HS256"
      ? await jwtVerify(token.value, await signingSecret(local, audience), options)
      : await jwtVerify(
          token.value,
          createRemoteJWKSet(new URL(`${issuer}.well-known/jwks.json`), { [customFetch]: fetch }),
          options,
        );
  expect(payload).toMatchObject({ sub: `${clientId}@clients`, scope: "batch:upload" });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
  const own = profile === "rfc9068" ? { client_id: clientId } : { azp: clientId };
  expect(payload).toMatchObject(own);
  expect(payload).not.toHaveProperty(profile === "rfc9068" ? "azp" : "client_id");
  if (permissions) expect(payload.permissions).toEqual(["batch:upload"]);
  else expect(payload).not.toHaveProperty("permissions");
}

async function signingSecret(local: LocalStack, identifier: string) {
  const found = await local.management.get(
    `resource-servers/${encodeURIComponent(identifier)}`,
    z.object({ signing_secret: z.string() }),
  );
  return createSecretKey(Buffer.from(found?.signing_secret ?? "", "utf8"));
}

const named = z.object({
  name: z.string().default(""),
  id: z.string().optional(),
  audience: z.string().optional(),
});

/** What there is in the tenant, in words that can be compared. */
export async function inventory({ management }: LocalStack): Promise<string[]> {
  const [clients, servers, grants] = await Promise.all([
    management.list("clients", "clients", named),
    management.list("resource-servers", "resource_servers", named),
    management.list("client-grants", "client_grants", named),
  ]);
  return [
    ...clients.map(({ name }) => `application ${name}`),
    ...servers.map(({ name }) => `API ${name}`),
    ...grants.map(({ id, audience }) => `grant ${id} on ${audience}`),
  ].sort();
}
