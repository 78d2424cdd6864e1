/** What a comparison needs of a tenant: the model's objects, their keys, and everything that is authorized beside them. */
import type { AccessModel, Application } from "../../infra/accessModel.ts";
import type { Ids } from "../session/ids.ts";
import type { ManagementClient } from "../tenant/managementClient.ts";
import type { WireApi, WireApplication, WireCredential, WireGrant } from "../tenant/objects.ts";
import { describeUnclear, findOurs, type Unclear } from "../tenant/ours.ts";
import { createReader } from "../tenant/reader.ts";
import { unusableGrants } from "../tenant/unusableGrants.ts";

/** What the tenant has, by the model's keys. */
export interface TenantView {
  readonly apis: Readonly<Record<string, WireApi | undefined>>;
  readonly applications: Readonly<Record<string, WireApplication | undefined>>;
  /** Those that others own. */
  readonly foreignApis: Readonly<Record<string, WireApi | undefined>>;
  readonly foreignApplications: Readonly<Record<string, WireApplication | undefined>>;
  /** Every grant that is on an API of ours, or belongs to a declared application. */
  readonly grants: readonly WireGrant[];
  /** By application key; absent where they were not read. */
  readonly credentials: Readonly<Record<string, readonly WireCredential[]>>;
  /** Client id -> name of the applications that the model does not declare but grants or a scan brought up. */
  readonly others: ReadonlyMap<string, string>;
  /** Applications of the model that were not found, although something in the tenant may be them. */
  readonly unclear: readonly Unclear[];
  /** What was not looked at, and why. */
  readonly notes: readonly string[];
}

export interface ReadOptions {
  /** Also lists every application of the tenant, a page a hundred. */
  readonly scanApplications: boolean;
  /** Whether the credential may list an application's keys. */
  readonly mayReadKeys: boolean;
}

/**
 * Reads the tenant. Where it has at most a hundred grants, one page of them serves every API and application;
 * elsewhere each is asked for its own, so that the number of other applications never counts.
 */
export async function readTenant(
  model: AccessModel,
  ids: Ids,
  client: ManagementClient,
  { scanApplications, mayReadKeys }: ReadOptions,
): Promise<TenantView> {
  const reader = createReader(client);
  const [ours, hasFewGrants] = await Promise.all([
    findOurs(model, reader, { records: [ids.applications], names: ids.names?.applications ?? {} }),
    reader.hasFewGrants(),
  ]);
  const audiences = Object.values(model.apis).map(({ identifier }) => identifier);
  const clientIds = new Set(Object.values(ours.applications).map(({ client_id }) => client_id));
  const foreignIds = new Set(Object.values(ours.foreignApplications).map(({ client_id }) => client_id));
  // Keys that are not attached open nothing yet; they are looked for where that costs no request too many.
  const affordable = mayReadKeys && (hasFewGrants || scanApplications);
  // What another tool keeps is not compared.
  const kept = Object.entries(ours.applications).filter(
    ([key]) => model.applications[key]?.credentials !== "elsewhere",
  );
  const toRead = kept.filter(([key, found]) => affordable || signsWithKeys(found, model.applications[key]));
  const [onApis, ofApplications, credentials, scanned] = await Promise.all([
    reader.grantsOn(audiences),
    reader.grantsOf([...clientIds, ...foreignIds]),
    Promise.all(
      toRead.map(async ([key, found]) => [key, await reader.credentials(found.client_id)] as const),
    ),
    scanApplications ? reader.everyApplication() : [],
  ]);
  const strangers = onApis.flatMap(({ client_id: id }) => (id && !clientIds.has(id) ? [id] : []));
  const others = scanApplications ? scanned : (await reader.applications(strangers)).values();
  const unread = kept.flatMap(([key]) => (toRead.some(([read]) => read === key) ? [] : [key]));
  return {
    ...ours,
    grants: [...new Map([...onApis, ...ofApplications].map((grant) => [grant.id, grant])).values()],
    credentials: Object.fromEntries(credentials),
    others: new Map(
      [...others].flatMap(({ client_id, name }) => (clientIds.has(client_id) ? [] : [[client_id, name]])),
    ),
    notes: [
      ...ours.unclear.map((part) => `${describeUnclear(part)} Nothing was compared with it.`),
      ...unusableGrants(model, ours.foreignApplications),
      ...(unread.length > 0 ? [keysNotRead(unread, mayReadKeys)] : []),
    ],
  };
}

function keysNotRead(keys: readonly string[], mayReadKeys: boolean): string {
  const why = mayReadKeys
    ? "the tenant has more than a hundred grants, so it would cost a request each; --scan-applications does"
    : "the credential lacks the scope read:client_credentials";
  return `Keys that were uploaded but not attached were not looked for in ${[...keys].sort().join(", ")}: ${why}.`;
}

function signsWithKeys(
  { client_authentication_methods: methods }: WireApplication,
  declared: Application | undefined,
): boolean {
  return declared?.authentication === "private_key_jwt" || Object.keys(methods ?? {}).length > 0;
}
