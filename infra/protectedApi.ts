/** Component: an API (resource server) together with every scope it has. */
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { apiNames, componentTypes } from "./names.ts";
import { type TokenProfile, tokenDialect } from "./tokenDialect.ts";

export interface ProtectedApiArgs {
  /** What the Auth0 Dashboard calls the API. */
  name: pulumi.Input<string>;
  /** The audience of its tokens; Auth0 never lets it change, so another one replaces the API. */
  identifier: pulumi.Input<string>;
  /** The algorithm that signs its access tokens. @default "RS256" */
  signingAlgorithm?: pulumi.Input<"RS256" | "PS256" | "HS256">;
  /** `auth0`: the client in claim `azp`. `rfc9068`: claim `client_id` and header `typ: at+jwt`. @default "auth0" */
  tokenProfile?: TokenProfile;
  /** Puts the claim `permissions` in tokens and switches role-based access control on. @default false */
  permissionsInToken?: boolean;
  /** How long an access token is valid, seconds. @default 86400 */
  tokenLifetime?: pulumi.Input<number>;
  /** Scope names, each with what it allows. No other scope will exist: ones added by hand are removed. */
  scopes: Record<string, pulumi.Input<string>>;
}

/**
 * An API and the scopes that applications can be granted on it.
 *
 * @example
 * const timesheets = new ProtectedApi("timesheets", {
 *   name: "Timesheets API",
 *   identifier: "https://api.exampleco.com/timesheets",
 *   scopes: { "batch:upload": "Upload timesheets in batches" },
 * });
 */
export class ProtectedApi extends pulumi.ComponentResource {
  /** For what has to wait until the API is there, but not for its scopes. */
  readonly resourceServer: auth0.ResourceServer;
  /** Auth0's own id of the API. */
  readonly apiId: pulumi.Output<string>;
  /** The audience; known once the scopes exist, so that a grant made from it comes after them. */
  readonly identifier: pulumi.Output<string>;

  constructor(name: string, args: ProtectedApiArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentTypes.protectedApi, name, {}, options);
    const names = apiNames(name);
    const { tokenProfile = "auth0", permissionsInToken = false } = args;

    this.resourceServer = new auth0.ResourceServer(
      names.resourceServer,
      {
        name: args.name,
        identifier: args.identifier,
        // Auth0 fills in whatever is left out, and Pulumi then sees no change when someone changes it by hand.
        signingAlg: args.signingAlgorithm ?? "RS256",
        tokenDialect: tokenDialect({ tokenProfile, permissionsInToken }),
        enforcePolicies: permissionsInToken,
        tokenLifetime: args.tokenLifetime ?? 86_400,
      },
      // Auth0 makes this secret for HS256 APIs; the SDK does not mark it.
      { parent: this, additionalSecretOutputs: ["signingSecret"] },
    );

    this.apiId = this.resourceServer.id;
    this.identifier = this.#declareScopes(names.scopes, args.scopes);
    this.registerOutputs({ apiId: this.apiId, identifier: this.identifier });
  }

  #declareScopes(name: string, scopes: ProtectedApiArgs["scopes"]): pulumi.Output<string> {
    const { identifier } = this.resourceServer;
    const values = Object.keys(scopes).sort();
    // The provider wants at least one scope in this resource.
    if (values.length === 0) return identifier;
    const declared = new auth0.ResourceServerScopes(
      name,
      {
        resourceServerIdentifier: identifier,
        scopes: values.map((value) => ({ name: value, ...described(scopes[value]) })),
      },
      { parent: this },
    );
    return declared.resourceServerIdentifier;
  }
}

function described(description: pulumi.Input<string> | undefined): { description?: pulumi.Input<string> } {
  return description === undefined ? {} : { description };
}
