/** The types and names of a model's Pulumi resources: the component carries the model's key, its children start with it. */

/** Type tokens of the two components. */
export const componentTypes = {
  protectedApi: "timesheets:access:ProtectedApi",
  machineApp: "timesheets:access:MachineApp",
} as const;

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
export function apiNames(key: string): { component: string; resourceServer: string; scopes: string } {
  return { component: key, resourceServer: key, scopes: `${key}-scopes` };
}

/** Names under the component of an application with this key. */
export function applicationNames(key: string): {
  component: string;
  client: string;
  credentials: string;
  grant: (api: string) => string;
} {
  return {
    component: key,
    client: key,
    credentials: `${key}-credentials`,
    grant: (api) => `${key}-${api}`,
  };
}
