/** Component: a machine-to-machine application (client), how it authenticates, and what it may ask for. */
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { argumentsOf, type ComponentArguments } from "./arguments.ts";
import { declareGrants, type GrantsArgs } from "./grants.ts";
import { type applicationProperties, applicationTable } from "./model/properties/application.ts";
import { ignoredArguments } from "./model/properties/leaveAlone.ts";
import { applicationNames, componentTypes, formerUrns } from "./names.ts";
import { ProtectedApi } from "./protectedApi.ts";

export interface MachineAppPublicKey {
  /** The key's name in Auth0. */
  name: string;
  /** A public key (SPKI) or an X.509 certificate, PEM. */
  pem: string;
}

/** The keys of an application in the model, each as `model/properties/application.ts` describes it. */
export type MachineAppArgs = ComponentArguments<
  Omit<
    typeof applicationProperties,
    "adopts" | "formerly" | "authentication" | "credentials" | "publicKeys" | "grants" | "leaveAlone"
  >
> & {
  /** `elsewhere`: another tool keeps the secret or the keys, and the method; they are not written. @default ours */
  credentials?: "ours" | "elsewhere" | undefined;
  /** Names on the wire of properties that others look after. @default none */
  leaveAlone?: readonly string[] | undefined;
  /** Names that the component had before. @default none */
  formerly?: readonly string[] | undefined;
  /** How the application proves at the token endpoint who it is. */
  authentication: "client_secret_post" | "client_secret_basic" | "private_key_jwt";
  /** One or two, for `private_key_jwt` alone; two let the application change from one to the other. */
  publicKeys?: readonly MachineAppPublicKey[] | undefined;
  /** What the application may ask for. */
  grants: GrantsArgs;
};

/**
 * An application that acts for itself, with the client credentials grant.
 *
 * @example
 * const job = new MachineApp("import-job", {
 *   name: "Timesheets Import Job",
 *   authentication: "client_secret_post",
 *   grants: { timesheets: { api: timesheets, scopes: ["batch:upload"] } },
 * });
 */
export class MachineApp extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  /** Auth0 makes it; a secret in state and outputs. Absent for `private_key_jwt`, and where another tool keeps it. */
  readonly clientSecret?: pulumi.Output<string>;

  constructor(name: string, args: MachineAppArgs, options?: pulumi.ComponentResourceOptions) {
    super(
      componentTypes.machineApp,
      name,
      {},
      pulumi.mergeOptions(options, { aliases: formerUrns(componentTypes.machineApp, args.formerly) }),
    );
    const names = applicationNames(name);

    const client = new auth0.Client(
      names.client,
      argumentsOf<auth0.ClientArgs>(applicationTable, args),
      // An API that cannot be made leaves no application behind that has nothing to call.
      {
        parent: this,
        dependsOn: resourceServersOf(args.grants),
        ...ignoredArguments(applicationTable, args),
      },
    );

    const credentials =
      args.credentials === "elsewhere"
        ? // Read, never written: a stack that managed them gives them up without a change to them.
          auth0.ClientCredentials.get(names.credentials, client.clientId, undefined, { parent: this })
        : new auth0.ClientCredentials(
            names.credentials,
            { clientId: client.clientId, ...authenticationOf(args) },
            { parent: this },
          );

    declareGrants(name, client.clientId, args.grants, { parent: this, dependsOn: [credentials] });

    this.clientId = client.clientId;
    if (args.authentication !== "private_key_jwt" && args.credentials !== "elsewhere")
      this.clientSecret = pulumi.secret(credentials.clientSecret);
    this.registerOutputs({ clientId: this.clientId, clientSecret: this.clientSecret });
  }
}

function resourceServersOf(grants: GrantsArgs): pulumi.Resource[] {
  return Object.values(grants)
    .flat()
    .flatMap(({ api }) => (api instanceof ProtectedApi ? [api.resourceServer] : []));
}

function authenticationOf({
  authentication,
  publicKeys,
}: MachineAppArgs): Pick<auth0.ClientCredentialsArgs, "authenticationMethod" | "privateKeyJwt"> {
  if (authentication !== "private_key_jwt") return { authenticationMethod: authentication };
  const credentials = (publicKeys ?? []).map(({ name, pem }) => ({
    name,
    pem,
    credentialType: "public_key",
    algorithm: "RS256",
  }));
  return { authenticationMethod: authentication, privateKeyJwt: { credentials } };
}
