/** Which objects of a tenant are the model's: one rule, for every command. */
import type { AccessModel, Application, ForeignApplication } from "../../infra/accessModel.ts";
import { apiOf, type DeclaredGrant, type GrantParts } from "../../infra/model/declaredGrants.ts";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import {
  isMachineGrant,
  type NamedApplication,
  type WireApi,
  type WireApplication,
  type WireGrant,
} from "./objects.ts";
import type { TenantReader } from "./reader.ts";

/** What is known of applications before the tenant is asked. */
export interface KnownIds {
  /** Application key -> the client id that the user chose: this one or none. @default none */
  readonly chosen?: Readonly<Record<string, string>>;
  /** Records of application key -> client id, the one to be trusted most first. */
  readonly records: readonly Readonly<Record<string, string>>[];
  /** Application key -> the name that its record was made for. One of others counts only under that name. @default none */
  readonly names?: Readonly<Record<string, string>>;
}

/** Why an application of the model was not found although something in the tenant may be it. */
export type Unclear =
  | { readonly why: "several"; readonly key: string; readonly candidates: readonly NamedApplication[] }
  | { readonly why: "shared"; readonly keys: readonly string[]; readonly clientId: string }
  | { readonly why: "chosen is absent"; readonly key: string; readonly clientId: string };

/** By the model's keys; a key that is absent was not found. */
export interface Ours {
  readonly apis: Readonly<Record<string, WireApi>>;
  readonly applications: Readonly<Record<string, WireApplication>>;
  /** Those that others own. */
  readonly foreignApis: Readonly<Record<string, WireApi>>;
  readonly foreignApplications: Readonly<Record<string, WireApplication>>;
  readonly unclear: readonly Unclear[];
}

/**
 * Finds the model's APIs and applications.
 *
 * An API is the one with the model's identifier, which Auth0 never changes; a recorded id only shows that it was made again.
 *
 * An application is, the first of these that finds any:
 * 1. the one that the user chose, and no other;
 * 2. the one on record that still exists, whatever it is called now;
 * 3. of those that hold a grant for machines on an API that the model grants it: the one of its own name, else the one of
 *    the name it adopts;
 * 4. of all of the tenant: the same.
 *
 * What 1 and 2 found for one key is nobody else's in 3 and 4. Where several fit, none is taken: it is `unclear`, and the
 * user's to say.
 *
 * An application that others own is found alike: its client id in the model is a choice, and its name is all that names it.
 * @throws {ToolError} `system_api`, exit code 2, where the model declares an API of Auth0's as its own
 */
export async function findOurs(model: GrantParts, reader: TenantReader, known: KnownIds): Promise<Ours> {
  const identifiers = [...Object.values(model.apis), ...Object.values(model.foreignApis)].flatMap(
    ({ identifier }) => identifier ?? [],
  );
  const sought: Sought[] = [
    ...Object.values(model.applications),
    ...Object.values(model.foreignApplications).map((one) => ({ ...one, isForeign: true })),
  ];
  const [apis, byId] = await Promise.all([reader.apis(identifiers), findById(sought, reader, known)]);
  refuseSystemApis(model, apis);
  const found = new Map(byId);
  const taken = new Set([...byId.values()].map(({ client_id }) => client_id));
  const unclear: Unclear[] = [];
  for (const [clientId, keys] of Map.groupBy(byId.keys(), (key) => byId.get(key)?.client_id ?? "")) {
    if (keys.length === 1) continue;
    unclear.push({ why: "shared", keys, clientId });
    for (const key of keys) found.delete(key);
  }
  await Promise.all(
    sought.map(async (application) => {
      const { key } = application;
      const chosen = known.chosen?.[key] ?? application.clientId;
      if (byId.has(key)) return;
      if (chosen !== undefined) {
        unclear.push({ why: "chosen is absent", key, clientId: chosen });
        return;
      }
      const audiences = identifiersOf(model, application).filter((identifier) => apis.has(identifier));
      const candidates = await candidatesFor(application, audiences, reader, taken);
      if (candidates.length > 1) unclear.push({ why: "several", key, candidates });
      const [first] = candidates.length === 1 ? candidates : [];
      const one = first && (await reader.applications([first.client_id])).get(first.client_id);
      if (one) found.set(key, one);
    }),
  );
  const order = sought.map(({ key }) => key);
  const keyOf = (part: Unclear) => ("keys" in part ? part.keys[0] : part.key) ?? "";
  return {
    apis: byKey(Object.values(model.apis), ({ identifier }) => apis.get(identifier)),
    foreignApis: byKey(Object.values(model.foreignApis), ({ identifier = "" }) => apis.get(identifier)),
    applications: byKey(Object.values(model.applications), ({ key }) => found.get(key)),
    foreignApplications: byKey(Object.values(model.foreignApplications), ({ key }) => found.get(key)),
    unclear: unclear.sort((a, b) => order.indexOf(keyOf(a)) - order.indexOf(keyOf(b))),
  };
}

/** What an application is found by. */
type Sought = Pick<Application, "key" | "grants"> &
  Pick<ForeignApplication, "name" | "clientId"> & {
    readonly adopts?: string | undefined;
    readonly isForeign?: boolean;
  };

/** The identifiers of the APIs that the model grants an application. */
function identifiersOf(model: GrantParts, { grants }: Pick<Application, "grants">): string[] {
  return Object.keys(grants).flatMap((api) => apiOf(model, api)?.identifier ?? []);
}

/** The grant of a tenant that is the declared one. @param clientId Of its holder, where it has one. */
export function findGrant<
  Grant extends Pick<WireGrant, "client_id" | "audience" | "subject_type" | "default_for">,
>(
  grants: readonly Grant[],
  { grant: { subject }, api, holder }: DeclaredGrant,
  clientId: string | undefined,
): Grant | undefined {
  if (holder !== undefined && clientId === undefined) return undefined;
  return grants.find(
    (grant) =>
      grant.audience === api.identifier &&
      (grant.subject_type ?? "client") === subject &&
      (holder ? grant.client_id === clientId : grant.default_for === "third_party_clients"),
  );
}

/** Nobody's model may adopt, change or delete an API that Auth0 keeps in every tenant. */
function refuseSystemApis({ apis }: Pick<AccessModel, "apis">, found: ReadonlyMap<string, WireApi>): void {
  const [api] = Object.values(apis).filter(({ identifier }) => found.get(identifier)?.is_system);
  if (!api) return;
  throw new ToolError(
    "system_api",
    `apis.${api.key} is an API of Auth0 itself (${found.get(api.identifier)?.name ?? api.identifier}), which nobody may declare as their own.`,
    {
      exitCode: exitCodes.usage,
      hint: `Remove the entry. To grant scopes on it, declare it under foreignApis: \`foreignApis: { ${api.key}: ${api.identifier} }\`.`,
    },
  );
}

/** Whether it is about the application of this key. */
export function isAbout(part: Unclear, key: string): boolean {
  return part.why === "shared" ? part.keys.includes(key) : part.key === key;
}

/** One sentence for a person. */
export function describeUnclear(part: Unclear): string {
  if (part.why === "chosen is absent") {
    return `No application of the tenant has the client id ${part.clientId}, chosen for ${part.key}.`;
  }
  if (part.why === "shared") {
    return `The application ${part.clientId} would be ${part.keys.join(" as well as ")}.`;
  }
  const candidates = part.candidates.map(({ client_id, name }) => `${client_id} (${name})`);
  return `Several applications could be ${part.key}: ${candidates.join(", ")}.`;
}

/** Application key -> the application that was chosen for it, or is on record. */
async function findById(
  sought: readonly Sought[],
  reader: TenantReader,
  { chosen: choices = {}, records, names = {} }: KnownIds,
): Promise<ReadonlyMap<string, WireApplication>> {
  const named = sought.flatMap(({ key, clientId }) =>
    clientId === undefined ? [] : [[key, clientId] as const],
  );
  const chosen: Readonly<Record<string, string>> = { ...Object.fromEntries(named), ...choices };
  const renamed = new Set(
    sought.flatMap(({ key, name, isForeign }) => (isForeign && names[key] !== name ? [key] : [])),
  );
  const found = new Map<string, WireApplication>();
  // Several records mostly agree: a later one is asked only for what the one before it did not find.
  for (const [turn, record] of [chosen, ...records].entries()) {
    const ids = sought
      .map(({ key }) => key)
      .filter((key) => !found.has(key) && (turn === 0 || (chosen[key] === undefined && !renamed.has(key))))
      .flatMap((key) => (record[key] === undefined ? [] : [[key, record[key]] as const]));
    const there = await reader.applications(ids.map(([, id]) => id));
    for (const [key, id] of ids) {
      const application = there.get(id);
      if (application) found.set(key, application);
    }
  }
  return found;
}

async function candidatesFor(
  application: Sought,
  audiences: readonly string[],
  reader: TenantReader,
  taken: ReadonlySet<string>,
): Promise<readonly NamedApplication[]> {
  const grants = await reader.grantsOn(audiences);
  const holders = grants
    .filter((grant) => application.isForeign || isMachineGrant(grant))
    .flatMap(({ client_id }) => client_id ?? []);
  const authorized = await reader.applications(holders);
  const free = (all: Iterable<NamedApplication>) => [...all].filter(({ client_id }) => !taken.has(client_id));
  const named = withItsName(application, free(authorized.values()));
  return named.length > 0 ? named : withItsName(application, free(await reader.everyApplication()));
}

function withItsName(
  { name, adopts }: Sought,
  applications: readonly NamedApplication[],
): readonly NamedApplication[] {
  const called = (text: string | undefined) =>
    applications.filter((application) => text !== undefined && application.name === text);
  const own = called(name);
  return own.length > 0 ? own : called(adopts);
}

function byKey<Entry extends { readonly key: string }, Found>(
  entries: readonly Entry[],
  find: (entry: Entry) => Found | undefined,
): Record<string, Found> {
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const found = find(entry);
      return found === undefined ? [] : [[entry.key, found] as const];
    }),
  );
}
