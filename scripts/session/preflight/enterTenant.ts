/** Enters a stack's tenant ahead of the preflight, so that it answers while other things are read. */

import { createManagementClient, type ManagementClient } from "../../tenant/managementClient.ts";
import type { Context } from "../../terminal/command.ts";
import { openStack, tenantOf } from "../stack.ts";

/** Asks for the token. Whatever is wrong is left for the preflight to tell, together with everything else. */
export function enterTenant(stackName: string, context: Context): ManagementClient | undefined {
  try {
    const tenant = tenantOf(openStack(stackName, context));
    const client = createManagementClient(tenant, { signal: context.signal });
    client.scopes().catch(() => {});
    return client;
  } catch {
    return undefined;
  }
}
