/** A local tenant that holds the access model exactly as the components write it, and a project to compare it with. */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { type AccessModel, loadAccessModel, tokenDialect } from "../../../../infra/accessModel.ts";
import { declaredGrants } from "../../../../infra/model/declaredGrants.ts";
import { apiTable } from "../../../../infra/model/properties/api.ts";
import { applicationTable, defaultDescription } from "../../../../infra/model/properties/application.ts";
import { setAt } from "../../../../infra/model/properties/compare.ts";
import { grantTable } from "../../../../infra/model/properties/grant.ts";
import { type Fields, type PropertyTable, wiresOf } from "../../../../infra/model/properties/property.ts";
import { trustAuthority } from "../../../../lib/trust.ts";
import { type RunningTenant, serveTenant } from "../../../../local/tenant/serve.ts";
import type { DriftReport, ReportedFinding } from "../../../../scripts/access/drift/reportSchema.ts";
import { type Ids, recordIds } from "../../../../scripts/session/ids.ts";
import { requestAccessToken } from "../../../../scripts/tokens/accessToken.ts";
import { type CommandResult, m2m, repository } from "../../../helpers/commandLine.ts";

export type Body = Record<string, unknown>;

export interface DriftTenant {
  readonly running: RunningTenant;
  readonly root: string;
  readonly model: AccessModel;
  readonly ids: Ids;
  readonly env: Readonly<Record<string, string>>;
  /** Sends one request to the Management API and returns its answer; anything but success throws. */
  call(method: string, path: string, body?: unknown): Promise<Body>;
  /** The same as another application than the one that compares. */
  callAs(clientId: string, clientSecret: string): Promise<DriftTenant["call"]>;
  /** Runs `auth0-m2m drift --stack dev` with these arguments. */
  drift(...args: string[]): Promise<CommandResult>;
  /** Gives the next `count` requests to a path, after the first `skip`, something else than their answer. */
  fault(path: string, count: number, answer: Body, skip?: number): Promise<void>;
  /** How many more requests will get a fault. */
  faultsLeft(): Promise<number>;
  forgetFaults(): Promise<void>;
  close(): Promise<void>;
}

export interface DriftTenantOptions {
  /** Laid over the default model, as a stack's overrides are. */
  readonly overrides?: Body;
  /** Files beside access.yaml, e.g. PEM files. */
  readonly files?: Readonly<Record<string, string>>;
  /** @default true */
  readonly recordIds?: boolean;
  readonly rateLimit?: "none" | "free";
  /** Of the custom domain. @default none */
  readonly customHost?: string;
}

export async function startDriftTenant(options: DriftTenantOptions = {}): Promise<DriftTenant> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "timesheets-drift-"));
  const root = path.join(folder, "project");
  await mkdir(path.join(root, "infra"), { recursive: true });
  await cp(path.join(repository, "Pulumi.yaml"), path.join(root, "Pulumi.yaml"));
  await cp(path.join(repository, "infra", "access.yaml"), path.join(root, "infra", "access.yaml"));
  for (const [name, text] of Object.entries(options.files ?? {})) {
    await writeFile(path.join(root, "infra", name), text);
  }
  const settings = path.join(root, "Pulumi.dev.yaml");
  await writeFile(settings, stringify({ config: { "timesheets:access": options.overrides ?? {} } }));
  const running = await serveTenant({
    dataDir: path.join(folder, "tenant"),
    rateLimit: options.rateLimit ?? "none",
    customHost: options.customHost,
  });
  trustAuthority(running.caFile);
  const model = loadAccessModel({
    file: path.join(root, "infra", "access.yaml"),
    stack: "dev",
    project: "timesheets",
    stackFile: settings,
  });
  const call = await callerFor(running, running.clientId, running.clientSecret);
  const ids = await declare(model, call);
  if (options.recordIds !== false) await recordIds({ idsFile: settings, project: "timesheets" }, ids);
  const env = {
    AUTH0_DOMAIN: running.domain,
    AUTH0_CLIENT_ID: running.clientId,
    AUTH0_CLIENT_SECRET: running.clientSecret,
  };
  return {
    running,
    root,
    model,
    ids,
    env,
    call,
    callAs: (clientId, clientSecret) => callerFor(running, clientId, clientSecret),
    drift: (...args) => m2m(["drift", "--stack", "dev", ...args], { cwd: root, env }),
    async fault(target, count, then, skip = 0) {
      await control(running, "POST", { path: target, count, skip, then });
    },
    async faultsLeft() {
      const orders = (await (await control(running, "GET")).json()) as { count: number }[];
      return orders.reduce((sum, { count }) => sum + count, 0);
    },
    async forgetFaults() {
      await control(running, "DELETE");
    },
    async close() {
      await running.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function control(
  { controlUrl, controlKey }: RunningTenant,
  method: string,
  order?: Body,
): Promise<Response> {
  const response = await fetch(`${controlUrl}/faults`, {
    method,
    headers: { authorization: `Bearer ${controlKey}`, "content-type": "application/json" },
    ...(order === undefined ? {} : { body: JSON.stringify(order) }),
  });
  if (!response.ok) throw new Error(`The control interface answered ${response.status}.`);
  return response;
}

/** Sends requests to the Management API as one application. */
export async function callerFor(
  { url }: Pick<RunningTenant, "url">,
  clientId: string,
  clientSecret: string,
): Promise<DriftTenant["call"]> {
  const token = await requestAccessToken({
    tokenEndpoint: `${url}/oauth/token`,
    clientId,
    audience: `${url}/api/v2/`,
    proof: { method: "client_secret_post", clientSecret },
  });
  return async (method, target, body) => {
    const response = await fetch(`${url}/api/v2/${target}`, {
      method,
      headers: { authorization: `Bearer ${token.value}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target} answered ${response.status}: ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Body);
  };
}

/** Writes what `pulumi up` writes, request by request. */
export async function declare(model: AccessModel, call: DriftTenant["call"]): Promise<Ids> {
  const ids: Ids = { apis: {}, applications: {}, grants: {} };
  for (const api of Object.values(model.apis)) {
    const dialect = tokenDialect(api);
    const { id } = await call("POST", "resource-servers", {
      name: api.name,
      identifier: api.identifier,
      signing_alg: api.signingAlgorithm,
      token_dialect: dialect,
      enforce_policies: dialect.endsWith("_authz") || api.roleBasedAccess === true,
      token_lifetime: api.tokenLifetime,
      ...optional(apiTable, { ...api }),
    });
    const scopes = Object.entries(api.scopes).map(([value, description]) => ({ value, description }));
    await call("PATCH", `resource-servers/${encodeURIComponent(api.identifier)}`, { scopes });
    ids.apis[api.key] = String(id);
  }
  for (const application of Object.values(model.applications)) {
    ids.applications[application.key] = await declareApplication(application, call);
  }
  for (const { grant, api, holder, record } of declaredGrants(model)) {
    const { scopes: scope } = grant;
    const stated = { ...(grant.allScopes ? {} : { scope }), ...optional(grantTable, { ...grant }) };
    const held = holder
      ? { client_id: ids.applications[holder.key] }
      : { default_for: "third_party_clients" };
    const { id } = await call("POST", "client-grants", { ...held, audience: api.identifier, ...stated });
    ids.grants[record] = String(id);
  }
  return ids;
}

/** The properties that a model may leave out and this one does not. */
function optional(table: PropertyTable, fields: Fields): Body {
  const body: Body = {};
  for (const { name, undeclared, elseLeftAlone, value } of wiresOf(table)) {
    const wanted = undeclared || elseLeftAlone ? value(fields) : undefined;
    if (wanted !== undefined) setAt(body, name, wanted);
  }
  return body;
}

async function declareApplication(
  application: AccessModel["applications"][string],
  call: DriftTenant["call"],
): Promise<string> {
  const { client_id } = await call("POST", "clients", {
    name: application.name,
    description: application.description ?? defaultDescription,
    app_type: "non_interactive",
    grant_types: application.grantTypes,
    token_endpoint_auth_method: "client_secret_post",
    ...optional(applicationTable, { ...application }),
  });
  const clientId = String(client_id);
  if (application.authentication !== "private_key_jwt") {
    await call("PATCH", `clients/${clientId}`, { token_endpoint_auth_method: application.authentication });
    return clientId;
  }
  const credentials: Body[] = [];
  for (const { name, pem } of application.publicKeys ?? []) {
    const body = { name, credential_type: "public_key", pem, alg: "RS256" };
    const { id } = await call("POST", `clients/${clientId}/credentials`, body);
    credentials.push({ id });
  }
  await call("PATCH", `clients/${clientId}`, {
    client_authentication_methods: { private_key_jwt: { credentials } },
    token_endpoint_auth_method: null,
  });
  return clientId;
}

/** The findings of a JSON report about one stack. */
export function findingsOf({ stdout }: CommandResult): ReportedFinding[] {
  const report = JSON.parse(stdout) as DriftReport;
  return report.stacks.flatMap(({ findings }) => findings);
}
