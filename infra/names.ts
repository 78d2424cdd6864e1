/** The names of a model's Pulumi resources: the component carries the model's key, its children start with it. */

/** Type tokens of the two components. */
export const componentTypes = {
  protectedApi: "timesheets:access:ProtectedApi",
  machineApp: "timesheets:access:MachineApp",
} as const;

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
