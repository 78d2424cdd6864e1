/** Finds in the tenant what the access model speaks of: by recorded id, by identifier, by grant, at last by name. */
import { z } from "zod";
import type { AccessModel, Application } from "../../infra/accessModel.ts";
import { exitCodes, ToolError } from "../lib/errors.ts";
import type { Ids } from "../lib/ids.ts";
import type { ManagementClient } from "../lib/managementClient.ts";

export interface FoundApi {
  readonly id: string;
  readonly name: string | undefined;
  readonly identifier: string;
  readonly signingAlgorithm: string;
  readonly scopes: readonly string[];
}

export interface FoundApplication {
  readonly clientId: string;
  readonly name: string;
}

export interface FoundGrant {
  readonly id: string;
  readonly scopes: readonly string[];
}

/** What stands in the tenant, by the model's keys; a key that is absent was not found. */
export interface Discovery {
  readonly apis: Readonly<Record<string, FoundApi>>;
  readonly applications: Readonly<Record<string, FoundApplication>>;
  /** By `<application>/<API>`. */
  readonly grants: Readonly<Record<string, FoundGrant>>;
}

/** Application key -> client id: the user's choice where several would do. */
export type ChosenClients = Readonly<Record<string, string>>;

const apiSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  identifier: z.string(),
  signing_alg: z.string(),
  scopes: z.array(z.object({ value: z.string() })).default([]),
});

const clientSchema = z.object({ client_id: z.string(), name: z.string() });
type Client = z.infer<typeof clientSchema>;

const grantSchema = z.object({
  id: z.string(),
  client_id: z.string().optional(),
  audience: z.string(),
  scope: z.array(z.string()).default([]),
  subject_type: z.string().default("client"),
});
type Grant = z.infer<typeof grantSchema>;

/** Above this many authorized applications, pages of a hundred cost fewer requests than one each. */
const mostLookups = 5;

/**
 * Reads the tenant.
 * @throws {ToolError} `several_candidates` (exit 2) when more than one application carries the name to adopt.
 */
export async function discover(
  model: AccessModel,
  client: ManagementClient,
  ids: Ids,
  chosen: ChosenClients,
): Promise<Discovery> {
  const apis: Record<string, FoundApi> = {};
  const grantsOf: Record<string, Grant[]> = {};
  await Promise.all(
    Object.entries(model.apis).map(async ([key, api]) => {
      const found = await client.get(`resource-servers/${encodeURIComponent(api.identifier)}`, apiSchema);
      if (!found) return;
      const { id, name, identifier, signing_alg: signingAlgorithm, scopes } = found;
      apis[key] = { id, name, identifier, signingAlgorithm, scopes: scopes.map(({ value }) => value) };
      const grants = await client.list("client-grants", "client_grants", grantSchema, {
        audience: identifier,
      });
      grantsOf[key] = grants.filter((grant) => grant.subject_type === "client");
    }),
  );

  const directory = createDirectory(client);
  const applications: Record<string, FoundApplication> = {};
  const problems: string[] = [];
  for (const [key, application] of Object.entries(model.applications)) {
    const authorized = Object.keys(application.grants).flatMap((api) => grantsOf[api] ?? []);
    const candidates = await candidatesFor(
      application,
      chosen[key] ?? ids.applications[key],
      authorized,
      directory,
    );
    const [first, ...others] = candidates;
    if (first && others.length === 0) applications[key] = { clientId: first.client_id, name: first.name };
    if (others.length > 0) problems.push(severalCandidates(key, candidates));
    if (!first && chosen[key]) problems.push(`No application has the client id given for ${key}.`);
  }
  if (problems.length > 0) {
    throw new ToolError("several_candidates", problems.join("\n"), {
      exitCode: exitCodes.usage,
      hint: "Choose one with --client-id, e.g. --client-id import-job=<client id>.",
    });
  }

  const grants: Record<string, FoundGrant> = {};
  for (const [key, application] of Object.entries(applications)) {
    for (const api of Object.keys(model.applications[key]?.grants ?? {})) {
      const grant = grantsOf[api]?.find(({ client_id }) => client_id === application.clientId);
      if (grant) grants[`${key}/${api}`] = { id: grant.id, scopes: grant.scope };
    }
  }
  return { apis, applications, grants };
}

function severalCandidates(key: string, candidates: readonly Client[]): string {
  const list = candidates.map(({ client_id, name }) => `  ${client_id}  ${name}`).join("\n");
  return `Several applications could be ${key}:\n${list}`;
}

async function candidatesFor(
  application: Application,
  known: string | undefined,
  authorized: readonly Grant[],
  directory: Directory,
): Promise<readonly Client[]> {
  if (known !== undefined) {
    const client = await directory.byId(known);
    // A recorded id may be of a tenant that was reset since.
    if (client) return [client];
  }
  const clientIds = [...new Set(authorized.flatMap(({ client_id }) => client_id ?? []))];
  const among =
    clientIds.length <= mostLookups
      ? (await Promise.all(clientIds.map((id) => directory.byId(id)))).filter(
          (client) => client !== undefined,
        )
      : (await directory.all()).filter(({ client_id }) => clientIds.includes(client_id));
  const named = withNames(application, among);
  return named.length > 0 ? named : withNames(application, await directory.all());
}

/** Those that carry the application's own name, else those that carry the name it adopts. */
function withNames(application: Application, clients: readonly Client[]): readonly Client[] {
  const own = clients.filter(({ name }) => name === application.name);
  if (own.length > 0 || application.adopts === undefined) return own;
  return clients.filter(({ name }) => name === application.adopts);
}

interface Directory {
  byId(clientId: string): Promise<Client | undefined>;
  all(): Promise<readonly Client[]>;
}

/** Looks applications up, each and the whole list at most once. */
function createDirectory(client: ManagementClient): Directory {
  const fields = { fields: "client_id,name", include_fields: true };
  const byId = new Map<string, Promise<Client | undefined>>();
  let all: Promise<readonly Client[]> | undefined;
  return {
    byId(clientId) {
      const known =
        byId.get(clientId) ?? client.get(`clients/${encodeURIComponent(clientId)}`, clientSchema, fields);
      byId.set(clientId, known);
      return known;
    },
    all() {
      all ??= client.list("clients", "clients", clientSchema, { ...fields, is_global: false });
      return all;
    },
  };
}
