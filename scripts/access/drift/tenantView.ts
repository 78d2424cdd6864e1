/** Reads what a comparison needs of a tenant, with as few requests as it takes, and no secret among it. */
import { z } from "zod";
import type { AccessModel, Application } from "../../../infra/accessModel.ts";
import { ToolError } from "../../../lib/errors.ts";
import type { Ids } from "../../session/ids.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";

const apiSchema = z.looseObject({
  id: z.string(),
  identifier: z.string(),
  scopes: z.array(z.looseObject({ value: z.string(), description: z.string().nullish() })).nullish(),
});
export type WireApi = z.infer<typeof apiSchema>;

const credentialIds = z.looseObject({ credentials: z.array(z.looseObject({ id: z.string() })).nullish() });
const applicationSchema = z.looseObject({
  client_id: z.string(),
  name: z.string(),
  app_type: z.string().nullish(),
  grant_types: z.array(z.string()).nullish(),
  token_endpoint_auth_method: z.string().nullish(),
  client_authentication_methods: z.record(z.string(), credentialIds.nullish()).nullish(),
});
export type WireApplication = z.infer<typeof applicationSchema>;

const grantSchema = z.looseObject({
  id: z.string(),
  /** Absent in a default grant, which is for a whole group of applications. */
  client_id: z.string().nullish(),
  audience: z.string(),
  scope: z.array(z.string()).nullish(),
  subject_type: z.string().nullish(),
  allow_all_scopes: z.boolean().nullish(),
  default_for: z.string().nullish(),
});
export type WireGrant = z.infer<typeof grantSchema>;

const credentialSchema = z.looseObject({
  id: z.string(),
  credential_type: z.string().nullish(),
  name: z.string().nullish(),
  kid: z.string().nullish(),
  alg: z.string().nullish(),
  expires_at: z.string().nullish(),
});
export type WireCredential = z.infer<typeof credentialSchema>;

/** What stands in the tenant, by the model's keys. */
export interface TenantView {
  readonly apis: Readonly<Record<string, WireApi | undefined>>;
  readonly applications: Readonly<Record<string, WireApplication | undefined>>;
  /** Every grant that is on a declared API or belongs to a declared application. */
  readonly grants: readonly WireGrant[];
  /** By application key; absent where they were not read. */
  readonly credentials: Readonly<Record<string, readonly WireCredential[]>>;
  /** Client id -> name of the applications that the model does not declare but grants or a scan brought up. */
  readonly others: ReadonlyMap<string, string>;
  /** What was not looked at, and why. */
  readonly notes: readonly string[];
}

export interface ReadOptions {
  /** Also lists every application of the tenant, a page a hundred. */
  readonly scanApplications: boolean;
  /** Whether the credential may list an application's keys. */
  readonly mayReadKeys: boolean;
}

const pageSize = 100;
/** Values that a report must never hold are not even asked for. */
const withoutSecrets = { fields: "client_secret,signing_keys", include_fields: false };

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
  const read = createReader(client);
  const [firstGrants, apis, recorded] = await Promise.all([
    read.firstGrants(),
    byKey(model.apis, ({ identifier }) => read.api(identifier)),
    byKey(model.applications, ({ key }) => read.recorded(ids.applications[key])),
  ]);
  const every = firstGrants.whole;
  const onApis = every
    ? firstGrants.grants
    : (
        await Promise.all(
          Object.values(model.apis).map(({ identifier }) => read.grants({ audience: identifier })),
        )
      ).flat();

  const directory = new Map<string, WireApplication>();
  const known = new Set(Object.values(recorded).flatMap((found) => found?.client_id ?? []));
  const audiences = new Set(Object.values(model.apis).map(({ identifier }) => identifier));
  const strangers = new Set(
    onApis
      .filter(({ audience }) => audiences.has(audience))
      .flatMap(({ client_id }) => (client_id && !known.has(client_id) ? [client_id] : [])),
  );
  await Promise.all(
    [...strangers].map(async (clientId) => {
      const found = await read.application(clientId);
      if (found) directory.set(clientId, found);
    }),
  );

  const unfound = Object.values(model.applications).filter(({ key }) => recorded[key] === undefined);
  const unplaced = unfound.filter(
    (application) => withName(application, directory.values(), ids).length === 0,
  );
  const all = scanApplications || unplaced.length > 0 ? await read.all() : [];
  for (const found of all) directory.set(found.client_id, found);

  const taken = new Set(known);
  const applications = { ...recorded };
  for (const application of unfound) {
    const [found] = withName(application, directory.values(), ids).filter(
      ({ client_id }) => !taken.has(client_id),
    );
    if (!found) continue;
    taken.add(found.client_id);
    applications[application.key] = found;
  }

  const present = Object.entries(applications).flatMap(([key, found]) => (found ? [{ key, found }] : []));
  const ofApplications = every
    ? []
    : (await Promise.all(present.map(({ found }) => read.grants({ client_id: found.client_id })))).flat();
  const grants = unique([...onApis, ...ofApplications]).filter(
    ({ audience, client_id }) => audiences.has(audience) || (client_id && taken.has(client_id)),
  );

  const credentials: Record<string, readonly WireCredential[]> = {};
  const unread: string[] = [];
  await Promise.all(
    present.map(async ({ key, found }) => {
      const byKeys = model.applications[key]?.authentication === "private_key_jwt" || hasCredentials(found);
      // Keys that are not attached open nothing yet; they are looked for where that costs no request too many.
      const affordable = mayReadKeys && (every || scanApplications);
      if (byKeys || affordable) credentials[key] = await read.credentials(found.client_id);
      else unread.push(key);
    }),
  );
  const others = new Map(
    [...directory].flatMap(([id, { name }]) => (taken.has(id) ? [] : [[id, name] as const])),
  );
  return {
    apis,
    applications,
    grants,
    credentials,
    others,
    notes: unread.length > 0 ? [keysNotRead(unread, mayReadKeys)] : [],
  };
}

function keysNotRead(keys: readonly string[], mayReadKeys: boolean): string {
  const why = mayReadKeys
    ? "the tenant has more than a hundred grants, so it would cost a request each; --scan-applications does"
    : "the credential lacks the scope read:client_credentials";
  return `Keys that were uploaded but not attached were not looked for in ${[...keys].sort().join(", ")}: ${why}.`;
}

function createReader(client: ManagementClient) {
  const path = (family: string, id: string) => `${family}/${encodeURIComponent(id)}`;
  const application = (id: string) => client.get(path("clients", id), applicationSchema, withoutSecrets);
  return {
    api: (identifier: string) => client.get(path("resource-servers", identifier), apiSchema),
    application,
    recorded: async (id: string | undefined) => (id === undefined ? undefined : application(id)),
    async firstGrants() {
      const schema = z.object({ total: z.number(), client_grants: z.array(grantSchema) });
      const query = { page: 0, per_page: pageSize, include_totals: true };
      const page = must(await client.get("client-grants", schema, query), "client-grants");
      if (page.client_grants.length < Math.min(page.total, pageSize)) throw cut("client-grants");
      return { grants: page.client_grants, whole: page.total <= pageSize };
    },
    grants: (filter: Readonly<Record<string, string>>) =>
      client.list("client-grants", "client_grants", grantSchema, filter),
    credentials: async (id: string) =>
      must(
        await client.get(`${path("clients", id)}/credentials`, z.array(credentialSchema)),
        `credentials of ${id}`,
      ),
    all: () => client.list("clients", "clients", applicationSchema, { ...withoutSecrets, is_global: false }),
  };
}

function must<T>(found: T | undefined, what: string): T {
  if (found !== undefined) return found;
  throw new ToolError("unexpected_answer", `The tenant says that there is no list of ${what}.`, {
    hint: "Check that AUTH0_DOMAIN names an Auth0 tenant.",
  });
}

function cut(what: string): ToolError {
  return new ToolError(
    "unexpected_answer",
    `The tenant's list of ${what} is shorter than its own count says.`,
  );
}

/** The applications that carry its name; before ids were recorded, also those that carry the name it adopts. */
function withName(application: Application, all: Iterable<WireApplication>, ids: Ids): WireApplication[] {
  const list = [...all];
  const own = list.filter(({ name }) => name === application.name);
  if (own.length > 0 || application.adopts === undefined || ids.applications[application.key]) return own;
  return list.filter(({ name }) => name === application.adopts);
}

function hasCredentials({ client_authentication_methods: methods }: WireApplication): boolean {
  return Object.keys(methods ?? {}).length > 0;
}

function unique(grants: readonly WireGrant[]): WireGrant[] {
  return [...new Map(grants.map((grant) => [grant.id, grant])).values()];
}

async function byKey<From extends { key: string }, To>(
  entries: Readonly<Record<string, From>>,
  read: (entry: From) => Promise<To>,
): Promise<Record<string, To>> {
  const pairs = Object.values(entries).map(async (entry) => [entry.key, await read(entry)] as const);
  return Object.fromEntries(await Promise.all(pairs));
}
