/** Component: what an application that others own may ask for. The application itself is neither read nor changed. */
import * as pulumi from "@pulumi/pulumi";
import { declareGrants, type GrantsArgs } from "./grants.ts";
import { componentTypes } from "./names.ts";

export interface ForeignAppArgs {
  /** Of the application, which may be of any kind. */
  clientId: pulumi.Input<string>;
  /** What it, or its users, may ask for. */
  grants: GrantsArgs;
}

/**
 * The grants of an application that is kept elsewhere.
 *
 * @example
 * new ForeignApp("storefront", {
 *   clientId: "W3tKPhMZ8mVbTcQs5EdYzr7nJ2gXfL4u",
 *   grants: { timesheets: { api: timesheets, scopes: ["read:timesheets"], subject: "user" } },
 * });
 */
export class ForeignApp extends pulumi.ComponentResource {
  constructor(name: string, { clientId, grants }: ForeignAppArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentTypes.foreignApp, name, {}, options);
    declareGrants(name, clientId, grants, { parent: this });
    this.registerOutputs({ clientId });
  }
}
