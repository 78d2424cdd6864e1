/** Declares the grants of one application, ours or others'. */
import * as auth0 from "@pulumi/auth0";
import type * as pulumi from "@pulumi/pulumi";
import { argumentsOf } from "./arguments.ts";
import { grantTable } from "./model/properties/grant.ts";
import { ignoredArguments } from "./model/properties/leaveAlone.ts";
import { applicationNames } from "./names.ts";
import { type GrantSettings, ProtectedApi } from "./protectedApi.ts";

export type GrantArgs = GrantSettings & {
  /** The API, or the identifier of one that is declared elsewhere. */
  api: ProtectedApi | pulumi.Input<string>;
  /** What the grant's name ended in before. @default nothing else */
  formerly?: readonly string[] | undefined;
};

/** Under a name of each API that the grant's name ends in; several where they are for different subjects. */
export type GrantsArgs = Readonly<Record<string, GrantArgs | readonly GrantArgs[]>>;

/** @param name Of the component that the grants belong to. */
export function declareGrants(
  name: string,
  clientId: pulumi.Input<string>,
  grants: GrantsArgs,
  options: pulumi.CustomResourceOptions,
): void {
  const names = applicationNames(name);
  for (const [key, one] of Object.entries(grants)) {
    for (const { api, formerly = [], ...grant } of [one].flat()) {
      const subject = grant.subject === "user" ? "user" : "client";
      new auth0.ClientGrant(
        names.grant(key, subject),
        {
          clientId,
          // A component's identifier is known once its scopes exist, which a grant needs.
          audience: api instanceof ProtectedApi ? api.identifier : api,
          ...argumentsOf<Omit<auth0.ClientGrantArgs, "audience">>(grantTable, grant),
        },
        {
          ...options,
          ...ignoredArguments(grantTable, grant),
          aliases: formerly.map((former) => ({ name: names.grant(former, subject) })),
        },
      );
    }
  }
}
