/** Component: an API (resource server) together with every scope it has. */
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { argumentsOf, type ComponentArguments } from "./arguments.ts";
import { type apiProperties, apiTable } from "./model/properties/api.ts";
import { type grantProperties, grantTable } from "./model/properties/grant.ts";
import { ignoredArguments } from "./model/properties/leaveAlone.ts";
import { apiNames, componentTypes, formerUrns } from "./names.ts";

/** The keys of a grant in the model, each as `model/properties/grant.ts` describes it. */
export type GrantSettings = ComponentArguments<Omit<typeof grantProperties, "leaveAlone">> & {
  /** Names on the wire of properties that others look after. @default none */
  leaveAlone?: readonly string[] | undefined;
};

/**
 * The keys of an API in the model, each as `model/properties/api.ts` describes it. No other scope than those given
 * will exist: ones added by hand are removed.
 */
export type ProtectedApiArgs = ComponentArguments<
  Omit<typeof apiProperties, "formerly" | "scopes" | "endpoints" | "thirdPartyGrants" | "leaveAlone">
> & {
  /** Names on the wire of properties that others look after. @default none */
  leaveAlone?: readonly string[] | undefined;
  /** Names that the component had before. @default none */
  formerly?: readonly string[] | undefined;
  /** Scope names, each with what it allows. */
  scopes: Record<string, pulumi.Input<string>>;
  /** What every third-party application may ask for that holds no grant of its own. @default nothing */
  thirdPartyGrants?: readonly GrantSettings[] | undefined;
};

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
    super(
      componentTypes.protectedApi,
      name,
      {},
      pulumi.mergeOptions(options, { aliases: formerUrns(componentTypes.protectedApi, args.formerly) }),
    );
    const names = apiNames(name);

    this.resourceServer = new auth0.ResourceServer(
      names.resourceServer,
      {
        identifier: args.identifier,
        ...argumentsOf<Omit<auth0.ResourceServerArgs, "identifier">>(apiTable, args),
      },
      // Auth0 makes this secret for HS256 APIs; the SDK does not mark it.
      { parent: this, additionalSecretOutputs: ["signingSecret"], ...ignoredArguments(apiTable, args) },
    );

    this.apiId = this.resourceServer.id;
    this.identifier = this.#declareScopes(names.scopes, args.scopes);
    this.#declareThirdPartyGrants(name, args);
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

  #declareThirdPartyGrants(name: string, { thirdPartyGrants = [], formerly = [] }: ProtectedApiArgs): void {
    for (const grant of thirdPartyGrants) {
      const nameFor = (key: string) =>
        apiNames(key).thirdPartyGrant(grant.subject === "user" ? "user" : "client");
      new auth0.ClientGrant(
        nameFor(name),
        {
          defaultFor: "third_party_clients",
          audience: this.identifier,
          ...argumentsOf<Omit<auth0.ClientGrantArgs, "audience">>(grantTable, grant),
        },
        {
          parent: this,
          ...ignoredArguments(grantTable, grant),
          aliases: formerly.map((former) => ({ name: nameFor(former) })),
        },
      );
    }
  }
}

function described(description: pulumi.Input<string> | undefined): { description?: pulumi.Input<string> } {
  return description === undefined ? {} : { description };
}
