/** Reads an application's secret from its tenant. */
import { ManagementError } from "../tenant/managementAnswer.ts";
import type { ManagementClient } from "../tenant/managementClient.ts";
import { applicationSecretSchema, fieldsOf } from "../tenant/objects.ts";

/**
 * @returns undefined where the tenant has no such application; without a secret where it may not be read, which takes
 * read:client_keys or read:client_credentials
 */
export async function readClientSecret(
  client: Pick<ManagementClient, "get">,
  clientId: string,
): Promise<{ readonly secret: string | undefined } | undefined> {
  try {
    const path = `clients/${encodeURIComponent(clientId)}`;
    const found = await client.get(path, applicationSecretSchema, fieldsOf(applicationSecretSchema));
    return found && { secret: found.client_secret };
  } catch (error) {
    if (error instanceof ManagementError && error.status === 403) return { secret: undefined };
    throw error;
  }
}
