/** Which tokens the Timesheets API takes, for each way in which an API can be set up. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveTimesheetsApi, type TimesheetsApiOptions } from "../../../timesheets/api/serve.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "timesheets-api-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const issuer = "https://localhost:1/";
const audience = "https://api.exampleco.com/timesheets";
const secret = "a-signing-secret-of-an-api-in-HS256";

async function statusWith(options: Partial<TimesheetsApiOptions>, token: string): Promise<number> {
  const api = await serveTimesheetsApi({ dataDir: folder, issuer, audience, ...options });
  try {
    const response = await fetch(`${api.url}/timesheets`, { headers: { authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    return response.status;
  } finally {
    await api.close();
  }
}

function sign(claims: Record<string, unknown> = {}, typ = "JWT"): Promise<string> {
  return new SignJWT({ scope: "read:timesheets", azp: "job", ...claims })
    .setProtectedHeader({ alg: "HS256", typ })
    .setIssuer(issuer)
    .setSubject("job@clients")
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(Buffer.from(secret));
}

test("takes a token that was signed with the API's secret, where the API signs so", async () => {
  expect(await statusWith({ signingAlgorithm: "HS256", secret }, await sign())).toBe(200);
  expect(
    await statusWith({ signingAlgorithm: "HS256", secret: "another-secret-of-another-api" }, await sign()),
  ).toBe(401);
});

test("takes RFC 9068 tokens alone, where the API's profile says so", async () => {
  const options = { signingAlgorithm: "HS256", secret, tokenProfile: "rfc9068" } as const;
  expect(await statusWith(options, await sign())).toBe(401);
  const claims = { client_id: "job", jti: "73WakrfVbNJBaAmhQtEeDv" };
  expect(await statusWith(options, await sign(claims, "at+jwt"))).toBe(200);
});

test.each([
  ["in the query", "?access_token=TOKEN", {}, 401],
  ["in the query as a list", "?access_token[]=TOKEN", {}, 401],
  ["in the query, escaped", "?limit=1&access%5Ftoken=TOKEN", {}, 401],
  [
    "in the query beside the header",
    "?access_token=TOKEN",
    { headers: { authorization: "Bearer TOKEN" } },
    400,
  ],
  ["in a form", "", { method: "POST", body: new URLSearchParams({ access_token: "TOKEN" }) }, 401],
] as const)("refuses a good token %s", async (_, query, init, status) => {
  const token = await sign({ scope: "read:timesheets create:timesheets" });
  const api = await serveTimesheetsApi({
    dataDir: folder,
    issuer,
    audience,
    signingAlgorithm: "HS256",
    secret,
  });
  try {
    const filled = {
      ...init,
      ...("headers" in init && { headers: { authorization: `Bearer ${token}` } }),
      ...("body" in init && { body: new URLSearchParams({ access_token: token }) }),
    };
    const response = await fetch(`${api.url}/timesheets${query.replace("TOKEN", token)}`, filled);
    expect(response.status).toBe(status);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await response.text()).not.toContain(token);
  } finally {
    await api.close();
  }
});

test("answers 503, not 401, while the issuer's keys cannot be fetched", async () => {
  const token = `${Buffer.from('{"alg":"RS256","kid":"k"}').toString("base64url")}.e30.c2ln`;
  expect(await statusWith({}, token)).toBe(503);
});
