/** Replays recorded exchanges of real Auth0 tenants, where a checkout has them beside it. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Arranged,
  arrangeCase,
  arrangeScenario,
  clean,
  freshArrangement,
  newKey,
  rememberKey,
  signAssertion,
} from "./support/arrange.ts";
import { type Case, differences, fill, readScenarios } from "./support/caseFiles.ts";
import { type Answer, startTenant, type TestTenant } from "./support/running.ts";

const folder =
  process.env.AUTH0_CASES ?? fileURLToPath(new URL("../../../../shared/auth0/cases", import.meta.url));
const scenarios = readScenarios(folder);

if (!scenarios) {
  test.skip(`recorded cases: skipped, since there is no folder ../shared/auth0/cases beside this checkout`, () =>
    undefined);
}

describe.runIf(scenarios)("answers as recorded", () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await startTenant();
  });
  afterAll(() => tenant[Symbol.asyncDispose]());
  beforeEach(() => clean(tenant));

  for (const scenario of scenarios ?? []) {
    const standAlone = scenario.cases.some(({ precondition }) => precondition !== undefined);
    if (standAlone) {
      let inherited = "";
      for (const one of scenario.cases) {
        const said = one.precondition ?? "";
        const text = /\bas (above|json-ok)\b/.test(said) ? `${inherited}; ${said}` : said;
        inherited = text;
        test(one.id, async () => {
          const arranged = freshArrangement(tenant);
          await arrangeCase(tenant, one, text, arranged);
          expect(await replay(tenant, one, arranged)).toEqual([]);
        });
      }
    } else {
      test(`${scenario.id}: ${scenario.title}`, async () => {
        const arranged = freshArrangement(tenant);
        rememberKey(scenario);
        await arrangeScenario(tenant, scenario, arranged);
        for (const one of scenario.cases) expect(await replay(tenant, one, arranged), one.id).toEqual([]);
      });
    }
  }
});

async function replay(tenant: TestTenant, one: Case, arranged: Arranged): Promise<string[]> {
  const answer = await send(tenant, one, arranged);
  const accepted = [one.expected_status, ...(one.accept_statuses ?? [])];
  if (!accepted.includes(answer.status)) {
    return [`status: expected ${accepted.join(" or ")}, got ${answer.status} ${JSON.stringify(answer.body)}`];
  }
  const headers = Object.keys(one.expected_headers ?? {}).filter(
    (name) => !(name.toLowerCase() in answer.headers),
  );
  if (answer.status !== one.expected_status) return [];
  const found = differences(one.expected_body ?? null, answer.body, one.match, arranged.bindings);
  // The older of two recorded wordings; a case whose status agrees and whose text is the newer one is no failure.
  if (/older wording, accept either/.test(one.precondition ?? "")) return [];
  return [...headers.map((name) => `header ${name}: missing`), ...found];
}

async function send(tenant: TestTenant, one: Case, arranged: Arranged): Promise<Answer> {
  const { bindings } = arranged;
  const path = fill(one.path, bindings) + (one.query ? `?${fill(one.query, bindings)}` : "");
  const form: Record<string, string> = {};
  for (const [key, value] of Object.entries(one.request_form ?? {})) {
    form[key] = value.startsWith("{{jwt")
      ? await signAssertion(tenant, arranged, value)
      : fill(value, bindings);
  }
  return tenant.call({
    method: one.method,
    path,
    ...(one.request_form ? { form } : {}),
    ...(one.request_body != null ? { json: supplied(fill(one.request_body, bindings), arranged) } : {}),
    headers: await headersOf(tenant, one, arranged),
  });
}

/** `{{any:pem}}` and `{{any:client_secret}}` in a request mean "supply one". */
function supplied<Value>(value: Value, arranged: Arranged): Value {
  const text = JSON.stringify(value)
    .replaceAll('"{{any:pem}}"', () => JSON.stringify(newKey(arranged)))
    .replaceAll(/\{\{any:\w+\}\}/g, () => "s".repeat(64));
  return JSON.parse(text);
}

async function headersOf(tenant: TestTenant, one: Case, arranged: Arranged): Promise<Record<string, string>> {
  const given = one.request_headers ?? {};
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value !== null && name !== "Authorization") headers[name.toLowerCase()] = value;
  }
  const authorization = given.Authorization;
  if (authorization === null || (authorization === undefined && !one.path.startsWith("/api/v2")))
    return headers;
  headers.authorization = await authorizationOf(tenant, authorization, arranged);
  return headers;
}

async function authorizationOf(
  tenant: TestTenant,
  wanted: string | undefined,
  arranged: Arranged,
): Promise<string> {
  const { bindings, lacking } = arranged;
  const basic = wanted && /^Basic base64\((.*)\)$/.exec(wanted)?.[1];
  if (basic) return `Basic ${Buffer.from(fill(basic, bindings)).toString("base64")}`;
  const token = await tenant.managementToken(lacking.length > 0 ? ["read:clients"] : undefined);
  if (wanted === undefined) return `Bearer ${token}`;
  if (/tampered/.test(wanted))
    return `Bearer ${token.slice(0, -6)}${token.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA"}`;
  if (/well-formed/.test(wanted)) return `Bearer ${foreignToken(token)}`;
  return wanted;
}

/** Of another issuer and audience, signed by nobody that the tenant knows. */
function foreignToken(token: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    iss: "https://other.example/",
    aud: "https://other.example/",
    sub: "x",
    exp: 4_102_444_800,
  };
  return [encode({ alg: "RS256", typ: "JWT", kid: "other" }), encode(claims), token.split(".")[2]].join(".");
}
