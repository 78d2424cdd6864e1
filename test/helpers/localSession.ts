/** The session that a command would open on a local stack, without the command around it. */
import { noReport } from "../../lib/report.ts";
import { noIds } from "../../scripts/session/ids.ts";
import type { Session } from "../../scripts/session/session.ts";
import { createManagementClient } from "../../scripts/tenant/managementClient.ts";
import type { LocalStack } from "./localStack.ts";

export function localSession(local: LocalStack): Session {
  const { signal } = new AbortController();
  const { domain, clientId, clientSecret } = local.record;
  return {
    stack: local.stack,
    model: local.model(),
    ids: noIds,
    report: noReport,
    signal,
    tenant: createManagementClient({ domain, credentials: { clientId, clientSecret } }, { signal }),
    pulumi: async () => local.pulumi,
  };
}
