/** Grants of the model that their holders cannot use, as the tenant has the holders. */
import type { AccessModel } from "../../infra/accessModel.ts";
import type { WireApplication } from "./objects.ts";

/** One sentence each. @param foreign Application key -> the application that others own. */
export function unusableGrants(
  { applications, foreignApplications }: Pick<AccessModel, "applications" | "foreignApplications">,
  foreign: Readonly<Record<string, WireApplication | undefined>>,
): string[] {
  const forMachines = (grants: AccessModel["applications"][string]["grants"]) =>
    Object.entries(grants).flatMap(([api, list]) =>
      list.some(({ subject }) => subject === "client") ? [api] : [],
    );
  return [
    ...Object.values(applications).flatMap(({ key, grants, grantTypes }) =>
      grantTypes.includes("client_credentials")
        ? []
        : forMachines(grants).map((api) => sentence(key, api, "the model lets it use no client credentials")),
    ),
    ...Object.values(foreignApplications).flatMap(({ key, grants }) => {
      const found = foreign[key];
      const reason = found && reasonOf(found);
      return reason === undefined ? [] : forMachines(grants).map((api) => sentence(key, api, reason));
    }),
  ];
}

function reasonOf({ app_type: type, grant_types: grantTypes }: WireApplication): string | undefined {
  if (type === "spa") return "it runs in browsers, which can keep no secret and so use no client credentials";
  if (type === "native")
    return "it runs on its users' devices, which can keep no secret and so use no client credentials";
  return grantTypes && !grantTypes.includes("client_credentials")
    ? "its owner lets it use no client credentials"
    : undefined;
}

function sentence(application: string, api: string, reason: string): string {
  return `applications.${application} cannot use its grant on ${api}: ${reason}. Write \`subject: user\` where it is meant for its users.`;
}
