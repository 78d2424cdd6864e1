/** A change behind the model's back, with exactly what drift has to say about it; and how such changes are written down. */
import { generateKeyPairSync } from "node:crypto";
import type { FindingKind, Json, Severity } from "../../../../../scripts/differences/finding.ts";
import type { Body, DriftTenant as WholeTenant } from "../driftTenant.ts";

/** What a change needs of a tenant. */
export type DriftTenant = Pick<WholeTenant, "call" | "ids" | "model" | "running">;

export interface Expected {
  readonly kind: FindingKind;
  readonly path: string;
  readonly expected: Json;
  /** Compared with toMatchObject, so that ids made on the way may be left out. */
  readonly actual: Json;
  readonly severity: Severity;
}

export interface Mutation {
  readonly name: string;
  change(tenant: DriftTenant): Promise<unknown>;
  /** Absent where nothing brings the tenant back; such a change gets a tenant of its own. */
  undo?(tenant: DriftTenant): Promise<unknown>;
  expected(tenant: DriftTenant): readonly Expected[];
}

export const api = "apis.timesheets";
export const application = "applications.import-job";
export const grant = `${application}.grants.timesheets`;

export const apiTarget = ({ ids }: DriftTenant) => `resource-servers/${ids.apis.timesheets}`;
export const applicationTarget = ({ ids }: DriftTenant) => `clients/${ids.applications["import-job"]}`;
export const grantTarget = ({ ids }: DriftTenant) => `client-grants/${ids.grants["import-job/timesheets"]}`;

/** What is found below a resource: its kind, its property, the value expected and the one there, its severity. */
export type Finding = readonly [
  kind: FindingKind,
  property: string,
  expected: Json,
  actual: Json,
  severity: Severity,
];

const under =
  (resource: string) =>
  ([kind, property, expected, actual, severity]: Finding): Expected => ({
    kind,
    path: property.startsWith("[") || property === "" ? `${resource}${property}` : `${resource}.${property}`,
    expected,
    actual,
    severity,
  });

function patch(target: (tenant: DriftTenant) => string, resource: string) {
  return (name: string, body: Body, undo: Body, ...findings: readonly Finding[]): Mutation => ({
    name,
    change: (tenant) => tenant.call("PATCH", target(tenant), body),
    undo: (tenant) => tenant.call("PATCH", target(tenant), undo),
    expected: () => findings.map(under(resource)),
  });
}

export const onApi = patch(apiTarget, api);
export const onApplication = patch(applicationTarget, application);
export const onGrant = patch(grantTarget, grant);

export const newKey = () =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });

/** What a change made along the way, to be taken away again and to be named in expectations. */
const made = new WeakMap<DriftTenant, Record<string, string>>();
export const remember = (tenant: DriftTenant, name: string, id: unknown) => {
  made.set(tenant, { ...made.get(tenant), [name]: String(id) });
};
export const recall = (tenant: DriftTenant, name: string) => made.get(tenant)?.[name] ?? "";

export const identifier = ({ model }: DriftTenant) => model.apis.timesheets?.identifier ?? "";
export const apiName = ({ model }: DriftTenant) => model.apis.timesheets?.name ?? "";
export const applicationName = ({ model }: DriftTenant) => model.applications["import-job"]?.name ?? "";

export function bracketed(key: string): string {
  return /^[A-Za-z_]/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
