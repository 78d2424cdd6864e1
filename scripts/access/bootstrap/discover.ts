/** Reads of a tenant what a bootstrap plans with: the model's objects, their grants and keys. */
import type { AccessModel, Application } from "../../../infra/accessModel.ts";
import { declaredGrants } from "../../../infra/model/declaredGrants.ts";
import type { Fields } from "../../../infra/model/properties/property.ts";
import { suggestion } from "../../../infra/model/suggest.ts";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";
import {
  attachedCredentials,
  signingSecretSchema,
  type WireApi,
  type WireApplication,
  withApiDefaults,
  withApplicationDefaults,
} from "../../tenant/objects.ts";
import { describeUnclear, findGrant, findOurs, type Ours } from "../../tenant/ours.ts";
import { createReader, type TenantReader } from "../../tenant/reader.ts";
import { unusableGrants } from "../../tenant/unusableGrants.ts";

export interface FoundApi {
  readonly id: string;
  readonly name: string | undefined;
  readonly identifier: string;
  /** Scope -> what it allows. */
  readonly scopes: Readonly<Record<string, string>>;
  /** Also where an API had a symmetric algorithm once. */
  readonly hasSigningSecret?: boolean;
  /** The object itself, with what Auth0 leaves out filled in. */
  readonly properties: Fields;
}

export interface FoundApplication {
  readonly clientId: string;
  readonly name: string;
  /** e.g. `client_secret_post` or `private_key_jwt`. */
  readonly authentication: string;
  /** The object itself, with what Auth0 leaves out filled in. */
  readonly properties: Fields;
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
  /** The object itself. @default nothing but its scopes */
  readonly properties?: Fields;
}

/** What the tenant has, by the model's keys; a key that is absent was not found. */
export interface Discovery {
  readonly apis: Readonly<Record<string, FoundApi>>;
  /** APIs that the engine manages under another identifier than the model's. */
  readonly moved: Readonly<Record<string, FoundApi>>;
  readonly applications: Readonly<Record<string, FoundApplication>>;
  /** By what their ids are recorded under. */
  readonly grants: Readonly<Record<string, FoundGrant>>;
  /** Key -> client id of the applications that others own. @default none */
  readonly clientIds?: Readonly<Record<string, string>>;
  /** What others own and the tenant does not have, scopes included, one sentence each. @default nothing */
  readonly absent?: readonly string[];
  /** Grants that their holders cannot use, one sentence each. @default none */
  readonly unusable?: readonly string[];
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
  /** Of an earlier run: application key -> the name that it had in the model then. @default none */
  readonly names?: Readonly<Record<string, string>>;
}

/**
 * Reads the tenant.
 * @throws {ToolError} `several_candidates` (exit 2) where it is not clear which application is meant, or the chosen one is
 * not there
 */
export async function discover(
  model: AccessModel,
  client: ManagementClient,
  known: KnownIds,
): Promise<Discovery> {
  const reader = createReader(client);
  const { chosen, managed, recorded, names = {} } = known;
  const [ours, moved] = await Promise.all([
    findOurs(model, reader, { chosen, records: [managed.applications, recorded], names }),
    findMoved(model, reader, managed.apis),
  ]);
  await refuseUnclear(ours, reader, known);
  const entries = Object.values(model.applications).flatMap((application) => {
    const found = ours.applications[application.key];
    return found ? [{ application, found }] : [];
  });
  const [applications, grants] = await Promise.all([
    Promise.all(
      entries.map(
        async ({ application, found }) =>
          [application.key, await describeApplication(reader, found, application)] as const,
      ),
    ),
    readGrants(model, ours, reader),
  ]);
  const clientIds = Object.fromEntries(
    Object.entries(ours.foreignApplications).map(([key, { client_id }]) => [key, client_id]),
  );
  return {
    apis: Object.fromEntries(Object.entries(ours.apis).map(([key, api]) => [key, foundApi(api)])),
    moved,
    applications: Object.fromEntries(applications),
    grants,
    clientIds,
    absent: [...absentOnes(model, ours), ...unknownScopes(model, ours, grants)],
    unusable: unusableGrants(model, ours.foreignApplications),
  };
}

/** Those of the model, by what their ids are recorded under. */
async function readGrants(
  model: AccessModel,
  { apis, applications, foreignApplications }: Ours,
  reader: TenantReader,
): Promise<Record<string, FoundGrant>> {
  const holders = { ...applications, ...foreignApplications };
  const withDefaults = Object.values(model.apis).filter(
    ({ key, thirdPartyGrants }) => thirdPartyGrants && apis[key],
  );
  const [held, byDefault] = await Promise.all([
    reader.grantsOf(Object.values(holders).map(({ client_id }) => client_id)),
    reader.grantsOn(withDefaults.map(({ identifier }) => identifier)),
  ]);
  const found = declaredGrants(model).flatMap((declared) => {
    const { holder, record } = declared;
    const grant = findGrant(holder ? held : byDefault, declared, holder && holders[holder.key]?.client_id);
    return grant ? [[record, { id: grant.id, scopes: grant.scope ?? [], properties: grant }] as const] : [];
  });
  return Object.fromEntries(found);
}

/** What others own cannot be made. */
function absentOnes(model: AccessModel, { foreignApis, foreignApplications }: Ours): string[] {
  return [
    ...Object.values(model.foreignApis)
      .filter(({ key }) => !foreignApis[key])
      .map(
        ({ key, identifier }) =>
          `The tenant has no API with the identifier ${identifier}. foreignApis.${key} is owned elsewhere, so it is not created.`,
      ),
    ...Object.values(model.foreignApplications)
      .filter(({ key }) => !foreignApplications[key])
      .map(
        ({ key, name }) =>
          `The tenant has no application called ${name ?? key}. applications.${key} is owned elsewhere, so it is not created; correct its clientId or name.`,
      ),
  ];
}

/**
 * Scopes that the Management API does not have: it grants the others without a word, so that no update would ever settle.
 * What a grant holds already is known, listed or not.
 */
function unknownScopes(
  model: AccessModel,
  { foreignApis }: Ours,
  grants: Readonly<Record<string, FoundGrant>>,
): string[] {
  return declaredGrants(model).flatMap(({ api, holder, grant, record }) => {
    const found = foreignApis[api.key];
    const known = found?.is_system ? (found.scopes ?? []).map(({ value }) => value) : [];
    if (known.length === 0) return [];
    const held = grants[record]?.scopes ?? [];
    return grant.scopes
      .filter((scope) => !known.includes(scope) && !held.includes(scope))
      .map(
        (scope) =>
          `${found?.name ?? api.key} has no scope ${JSON.stringify(scope)}, which the model grants ${holder?.key ?? "third parties"} (foreignApis.${api.key}). ${suggestion(scope, known, "Correct it, or take it out of the model.")}`,
      );
  });
}

/** What the engine manages under another identifier than the model's. */
async function findMoved(
  model: AccessModel,
  reader: TenantReader,
  managed: Readonly<Record<string, string>>,
): Promise<Record<string, FoundApi>> {
  const current = await reader.apis(Object.values(model.apis).map(({ identifier }) => identifier));
  const moved = Object.values(model.apis).map(async ({ key, identifier }) => {
    const id = managed[key];
    if (id === undefined || id === current.get(identifier)?.id) return [];
    const other = await reader.apiById(id);
    return other ? [[key, foundApi(other)] as const] : [];
  });
  return Object.fromEntries((await Promise.all(moved)).flat());
}

async function refuseUnclear(
  { unclear }: Ours,
  reader: TenantReader,
  { chosen, managed }: KnownIds,
): Promise<void> {
  const held = await reader.applications(
    Object.keys(chosen).flatMap((key) => managed.applications[key] ?? []),
  );
  const problems = [
    ...unclear.map(describeUnclear),
    // A refresh makes the engine forget an application only once the tenant has.
    ...Object.entries(chosen).flatMap(([key, choice]) => {
      const id = managed.applications[key];
      if (id === undefined || id === choice || !held.has(id)) return [];
      return `The stack manages ${key} as ${id}; \`pulumi state delete\` takes it out of the stack.`;
    }),
  ];
  if (problems.length === 0) return;
  throw new ToolError("several_candidates", problems.join("\n"), {
    exitCode: exitCodes.usage,
    hint: "Choose with --client-id <application>=<client id>.",
  });
}

function foundApi(wire: WireApi): FoundApi {
  const api = withApiDefaults(wire);
  return {
    id: api.id,
    name: api.name,
    identifier: api.identifier,
    hasSigningSecret: signingSecretSchema.parse(wire).signing_secret !== undefined,
    properties: api,
    scopes: Object.fromEntries(api.scopes.map(({ value, description }) => [value, description])),
  };
}

async function describeApplication(
  reader: TenantReader,
  wire: WireApplication,
  { authentication: wanted, credentials: owner }: Application,
): Promise<FoundApplication> {
  const found = withApplicationDefaults(wire);
  const attached = attachedCredentials(wire);
  const withKeys =
    owner !== "elsewhere" && (found.authentication === "private_key_jwt" || wanted === "private_key_jwt");
  const credentials = withKeys ? await reader.credentials(found.client_id) : [];
  return {
    clientId: found.client_id,
    name: found.name,
    authentication: found.authentication,
    properties: found,
    keys: credentials.map(({ id, name, kid, expires_at }) => ({
      id,
      name: name ?? "",
      keyId: kid ?? "",
      attached: attached.has(id),
      expiresAt: expires_at ?? undefined,
    })),
  };
}
