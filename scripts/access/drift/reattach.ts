/**
 * Declared keys that are still uploaded but no longer let the application in. `pulumi up` would upload them a second time,
 * which Auth0 refuses, so a fix attaches them first.
 */
import { z } from "zod";
import { resourceTypes } from "../../../infra/names.ts";
import { algorithm } from "../../differences/compareCredentials.ts";
import { element } from "../../differences/paths.ts";
import type { Session } from "../../session/session.ts";
import { attachedCredentials } from "../../tenant/objects.ts";
import type { Checked } from "./check.ts";

/** An application with the credentials to attach to it. */
export interface Reattachment {
  readonly clientId: string;
  readonly name: string;
  readonly credentials: readonly string[];
}

/** Only for applications whose authentication is to be fixed. */
export function planReattachments({ session, view, fixPlan }: Checked): Reattachment[] {
  const concerned = new Set(
    fixPlan.fixable
      .filter(({ resource }) => resource.pulumi.type === resourceTypes.credentials)
      .map(({ resource }) => resource.path),
  );
  return Object.values(session.model.applications).flatMap((application) => {
    const found = view.applications[application.key];
    if (!found || !concerned.has(element("applications", application.key))) return [];
    const keys = application.publicKeys ?? [];
    const attached = attachedCredentials(found);
    const declared = (view.credentials[application.key] ?? []).filter(
      ({ kid, alg }) => alg === algorithm && keys.some(({ keyId }) => keyId === kid),
    );
    if (declared.every(({ id }) => attached.has(id))) return [];
    return [{ clientId: found.client_id, name: application.name, credentials: declared.map(({ id }) => id) }];
  });
}

export async function reattach(
  { tenant }: Pick<Session, "tenant">,
  { clientId, credentials }: Reattachment,
): Promise<void> {
  const body = {
    client_authentication_methods: { private_key_jwt: { credentials: credentials.map((id) => ({ id })) } },
    token_endpoint_auth_method: null,
  };
  await tenant.send("PATCH", `clients/${encodeURIComponent(clientId)}`, body, z.unknown());
}
