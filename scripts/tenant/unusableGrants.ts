/** Grants of the model that are of no use: what keeps their holders from tokens, in the model and as the tenant has the holders. */
import type { Api, Application, ForeignApi } from "../../infra/accessModel.ts";
import { type DeclaredGrant, declaredGrants, type GrantParts } from "../../infra/model/declaredGrants.ts";
import type { WireApplication } from "./objects.ts";

/** One sentence each. @param foreign Application key -> the application that others own. */
export function unusableGrants(
  model: GrantParts,
  foreign: Readonly<Record<string, WireApplication | undefined>>,
): string[] {
  return declaredGrants(model).flatMap((declared) => {
    const reason = reasonOf(declared, foreign);
    return reason === undefined ? [] : [`${whose(declared)}: ${reason}`];
  });
}

/** Why the model itself lets an application of ours have no token of its own for an API; undefined where it does. */
export function withheld(
  application: Pick<Application, "grantTypes">,
  api: Api | ForeignApi,
): string | undefined {
  if (!application.grantTypes.includes("client_credentials"))
    return "the model lets it use no client credentials";
  return closed(api, "applications") ? "the model lets no application have a token for the API" : undefined;
}

const meantForUsers = "Write `subject: user` where it is meant for its users.";

function reasonOf(
  { holder, isForeign, grant, api }: DeclaredGrant,
  foreign: Readonly<Record<string, WireApplication | undefined>>,
): string | undefined {
  if (grant.subject === "user") {
    return closed(api, "users")
      ? `the model lets no user have a token for the API. Remove the grant, or write \`access: { users: granted }\` on the API.`
      : undefined;
  }
  if (closed(api, "applications"))
    return "the model lets no application have a token for the API. Remove the grant, or write `access: { applications: granted }` on the API.";
  const found = isForeign && holder ? foreign[holder.key] : undefined;
  const reason = holder && "grantTypes" in holder ? withheld(holder, api) : found && reasonInTenant(found);
  return reason && `${reason}. ${meantForUsers}`;
}

function closed(api: Api | ForeignApi, subjects: "applications" | "users"): boolean {
  return "access" in api && api.access?.[subjects] === "none";
}

function reasonInTenant({ app_type: type, grant_types: grantTypes }: WireApplication): string | undefined {
  if (type === "spa") return "it runs in browsers, which can keep no secret and so use no client credentials";
  if (type === "native")
    return "it runs on its users' devices, which can keep no secret and so use no client credentials";
  return grantTypes && !grantTypes.includes("client_credentials")
    ? "its owner lets it use no client credentials"
    : undefined;
}

function whose({ holder, api, grant }: DeclaredGrant): string {
  const users = grant.subject === "user" ? " for users" : "";
  return holder
    ? `applications.${holder.key} cannot use its grant on ${api.key}${users}`
    : `Third-party applications cannot use apis.${api.key}.thirdPartyGrants`;
}
