/** Finds in the tenant what the access model speaks of: by known id, by identifier, by grant, at last by name. */
import type { AccessModel, Application } from "../../../infra/accessModel.ts";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";
import { authenticationOf } from "../../tenant/managementObjects.ts";
import { type Client, createDirectory, type Directory, type FoundApi, type Named } from "./directory.ts";

export interface FoundApplication {
  readonly clientId: string;
  readonly name: string;
  readonly description: string;
  readonly type: string;
  /** e.g. `client_secret_post` or `private_key_jwt`. */
  readonly authentication: string;
  readonly grantTypes: readonly string[];
  /** Read only where the application uses keys or the model wants it to. */
  readonly keys: readonly FoundKey[];
}

export interface FoundKey {
  readonly id: string;
  readonly name: string;
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
  /** Whether the application may sign with it. */
  readonly attached: boolean;
  readonly expiresAt: string | undefined;
}

export interface FoundGrant {
  readonly id: string;
  readonly scopes: readonly string[];
}

/** What stands in the tenant, by the model's keys; a key that is absent was not found. */
export interface Discovery {
  readonly apis: Readonly<Record<string, FoundApi>>;
  /** APIs that the engine manages under another identifier than the model's. */
  readonly moved: Readonly<Record<string, FoundApi>>;
  readonly applications: Readonly<Record<string, FoundApplication>>;
  /** By `<application>/<API>`. */
  readonly grants: Readonly<Record<string, FoundGrant>>;
}

/** Application key -> client id: the user's choice where several would do. */
export type ChosenClients = Readonly<Record<string, string>>;

export interface KnownIds {
  readonly chosen: ChosenClients;
  /** Of the engine's state. */
  readonly managed: {
    readonly apis: Readonly<Record<string, string>>;
    readonly applications: Readonly<Record<string, string>>;
  };
  /** Of an earlier run: application key -> client id. */
  readonly recorded: Readonly<Record<string, string>>;
}

/** Up to here, authorized applications are looked up one by one; beyond, all applications are gone through. */
const mostCandidates = 5;

/**
 * Reads the tenant.
 * @throws {ToolError} `several_candidates` (exit 2) where more than one application carries the name, or the chosen
 * one is not there
 */
export async function discover(
  model: AccessModel,
  client: ManagementClient,
  known: KnownIds,
): Promise<Discovery> {
  const tenant = createDirectory(client, model);
  const apis: Record<string, FoundApi> = {};
  const moved: Record<string, FoundApi> = {};
  await Promise.all(
    Object.entries(model.apis).map(async ([key, { identifier }]) => {
      const found = await tenant.api(identifier);
      if (found) apis[key] = found;
      const managed = known.managed.apis[key];
      if (managed === undefined || managed === found?.id) return;
      const other = await tenant.apiById(managed);
      if (other) moved[key] = other;
    }),
  );
  const clients = await findApplications(model, tenant, apis, known);
  const applications: Record<string, FoundApplication> = {};
  const grants: Record<string, FoundGrant> = {};
  await Promise.all(
    Object.entries(clients).map(async ([key, found]) => {
      const application = model.applications[key];
      if (!application) return;
      applications[key] = await describeClient(tenant, found, application);
      for (const api of Object.keys(application.grants)) {
        const audience = apis[api]?.identifier;
        const grant = audience === undefined ? undefined : await tenant.grant(found.client_id, audience);
        if (grant) grants[`${key}/${api}`] = { id: grant.id, scopes: grant.scope };
      }
    }),
  );
  return { apis, moved, applications, grants };
}

async function findApplications(
  model: AccessModel,
  tenant: Directory,
  apis: Readonly<Record<string, FoundApi>>,
  { chosen, managed, recorded }: KnownIds,
): Promise<Record<string, Client>> {
  const found: Record<string, Client> = {};
  const problems: string[] = [];
  for (const [key, application] of Object.entries(model.applications)) {
    const choice = chosen[key];
    const byId = await firstOf(
      choice === undefined ? [managed.applications[key], recorded[key]] : [choice],
      (id) => tenant.client(id),
    );
    const held = managed.applications[key];
    if (choice !== undefined && held !== undefined && held !== choice && (await tenant.client(held))) {
      // A refresh makes the engine forget an application only once the tenant has.
      problems.push(
        `The stack manages ${key} as ${held}; \`pulumi state delete\` takes it out of the stack.`,
      );
    }
    if (byId) {
      found[key] = byId;
      continue;
    }
    if (choice !== undefined) {
      problems.push(`No application of the tenant has the client id ${choice}, chosen for ${key}.`);
      continue;
    }
    const audiences = Object.keys(application.grants).flatMap((api) => apis[api]?.identifier ?? []);
    const [first, ...others] = await candidatesFor(application, audiences, tenant);
    if (others.length > 0) problems.push(severalCandidates(key, [...(first ? [first] : []), ...others]));
    const client = first && others.length === 0 ? await tenant.client(first.client_id) : undefined;
    if (client) found[key] = client;
  }
  for (const [clientId, keys] of Map.groupBy(Object.keys(found), (key) => found[key]?.client_id)) {
    if (keys.length > 1) problems.push(`The application ${clientId} would be ${keys.join(" as well as ")}.`);
  }
  if (problems.length === 0) return found;
  throw new ToolError("several_candidates", problems.join("\n"), {
    exitCode: exitCodes.usage,
    hint: "Choose with --client-id <application>=<client id>.",
  });
}

function severalCandidates(key: string, candidates: readonly Named[]): string {
  const list = candidates.map(({ client_id, name }) => `  ${client_id}  ${name}`).join("\n");
  return `Several applications could be ${key}:\n${list}`;
}

/** Those authorized for an API that the application may call come first; the whole tenant is gone through last. */
async function candidatesFor(
  application: Application,
  audiences: readonly string[],
  tenant: Directory,
): Promise<readonly Named[]> {
  const grants = (await Promise.all(audiences.map((audience) => tenant.grantsOn(audience)))).flat();
  const clientIds = [...new Set(grants.flatMap(({ client_id }) => client_id ?? []))];
  const authorized =
    clientIds.length <= mostCandidates
      ? (await Promise.all(clientIds.map((id) => tenant.client(id)))).filter((one) => one !== undefined)
      : (await tenant.clients()).filter(({ client_id }) => clientIds.includes(client_id));
  const named = withNames(application, authorized);
  return named.length > 0 ? named : withNames(application, await tenant.clients());
}

/** Those that carry the application's own name, else those that carry the name it adopts. */
function withNames(application: Application, clients: readonly Named[]): readonly Named[] {
  const own = clients.filter(({ name }) => name === application.name);
  if (own.length > 0 || application.adopts === undefined) return own;
  return clients.filter(({ name }) => name === application.adopts);
}

async function describeClient(
  tenant: Directory,
  found: Client,
  { authentication: wanted }: Application,
): Promise<FoundApplication> {
  const authentication = authenticationOf(found);
  const attached = new Set(
    found.client_authentication_methods?.[authentication]?.credentials.map(({ id }) => id),
  );
  const withKeys = authentication === "private_key_jwt" || wanted === "private_key_jwt";
  const credentials = withKeys ? await tenant.credentials(found.client_id) : [];
  return {
    clientId: found.client_id,
    name: found.name,
    description: found.description,
    type: found.app_type,
    authentication,
    grantTypes: found.grant_types,
    keys: credentials.map(({ id, name, kid, expires_at }) => ({
      id,
      name,
      keyId: kid,
      attached: attached.has(id),
      expiresAt: expires_at ?? undefined,
    })),
  };
}

async function firstOf<T>(
  ids: readonly (string | undefined)[],
  find: (id: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const id of ids) {
    const found = id === undefined ? undefined : await find(id);
    if (found !== undefined) return found;
  }
  return undefined;
}
