/** The types and names of a model's Pulumi resources: the component carries the model's key, its children start with it. */

/** Type tokens of the components. */
export const componentTypes = {
  protectedApi: "auth0-m2m:access:ProtectedApi",
  machineApp: "auth0-m2m:access:MachineApp",
  foreignApp: "auth0-m2m:access:ForeignApp",
} as const;

/** What the components' types were in stacks of earlier releases; the next `up` gives those their present types. */
const formerTypes: Readonly<Record<string, string>> = {
  [componentTypes.protectedApi]: "timesheets:access:ProtectedApi",
  [componentTypes.machineApp]: "timesheets:access:MachineApp",
};

/** The type that a component had before, for its alias. */
export function formerType(type: (typeof componentTypes)[keyof typeof componentTypes]): string {
  return formerTypes[type] ?? type;
}

/** Aliases of a component: the types and the keys that it had before, each with each. */
export function formerUrns(
  type: (typeof componentTypes)[keyof typeof componentTypes],
  formerly: readonly string[] = [],
): { type?: string; name?: string }[] {
  const types = [{}, { type: formerType(type) }];
  return [{}, ...formerly.map((name) => ({ name }))]
    .flatMap((names) => types.map((types) => ({ ...types, ...names })))
    .slice(1);
}

/** The present type of what a state holds under this type. */
export function presentType(type: string): string {
  return Object.keys(formerTypes).find((present) => formerTypes[present] === type) ?? type;
}

/** Type tokens of the resources under them. */
export const resourceTypes = {
  api: "auth0:index/resourceServer:ResourceServer",
  scopes: "auth0:index/resourceServerScopes:ResourceServerScopes",
  application: "auth0:index/client:Client",
  credentials: "auth0:index/clientCredentials:ClientCredentials",
  grant: "auth0:index/clientGrant:ClientGrant",
} as const;

export type ResourceKind = keyof typeof resourceTypes;

/** Names under the component of an API with this key. */
export function apiNames(key: string): {
  component: string;
  resourceServer: string;
  scopes: string;
  thirdPartyGrant: (subject: GrantSubject) => string;
} {
  return {
    component: key,
    resourceServer: key,
    scopes: `${key}-scopes`,
    thirdPartyGrant: (subject) => `third-parties-${key}${suffixOf(subject)}`,
  };
}

/** Names under the component of an application with this key. */
export function applicationNames(key: string): {
  component: string;
  client: string;
  credentials: string;
  grant: (api: string, subject?: GrantSubject) => string;
} {
  return {
    component: key,
    client: key,
    credentials: `${key}-credentials`,
    grant: (api, subject = "client") => `${key}-${api}${suffixOf(subject)}`,
  };
}

/** Whom a grant is for: the application itself, or its users. */
export type GrantSubject = "client" | "user";

/** An application may hold a grant of each kind on one API; the one for itself came first. */
function suffixOf(subject: GrantSubject): string {
  return subject === "client" ? "" : `-${subject}`;
}
