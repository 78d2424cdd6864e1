/** A bootstrap's tools without the command around them, to see what they cost. */
import type { BootstrapTools } from "../../scripts/access/bootstrap/bootstrap.ts";
import { createManagementClient } from "../../scripts/tenant/managementClient.ts";
import type { LocalStack } from "./localStack.ts";

export function createBootstrapTools(local: LocalStack): BootstrapTools {
  const { signal } = new AbortController();
  const { domain, clientId, clientSecret } = local.record;
  return {
    model: local.model(),
    stack: local.stack,
    pulumi: local.pulumi,
    client: createManagementClient({ domain, credentials: { clientId, clientSecret } }, { signal }),
    signal,
    onEngineOutput: () => {},
    onPart: () => {},
  };
}
