/** Who else may ask for tokens: the client grants on each API, against those that the model names. */
import { declaredGrants, type GrantParts } from "../../infra/model/declaredGrants.ts";
import { messageOf } from "../../lib/errors.ts";
import { type Accepted, nothingAccepted } from "../differences/acceptances.ts";
import { authorizedPath } from "../differences/paths.ts";
import type { ManagementReads } from "../tenant/managementClient.ts";
import { findGrant } from "../tenant/ours.ts";
import { createReader } from "../tenant/reader.ts";
import { type Check, checksOn, unlessAccepted } from "./check.ts";

/**
 * One check an API.
 * @param clientIds Application key -> client id.
 * @param management Absent where no management credential is at hand.
 */
export async function foreignGrantChecks(
  model: GrantParts,
  clientIds: Readonly<Record<string, string>>,
  management: ManagementReads | undefined,
  signal: AbortSignal,
  accepted: Accepted = nothingAccepted,
): Promise<Check[]> {
  const reader = management && createReader(management);
  const declaredOn = Map.groupBy(declaredGrants(model), ({ api }) => api.key);
  return Promise.all(
    Object.values(model.apis).map(async (api) => {
      const checks = checksOn({ id: api.key, name: api.name });
      const title = "applications that hold a grant";
      const declared = declaredOn.get(api.key) ?? [];
      const holders = declared.flatMap(({ holder }) =>
        holder ? (clientIds[holder.key] ?? []) : ["every third-party application"],
      );
      const expected = [...new Set(holders)].join(", ") || "none";
      if (!reader) {
        return checks.skipped(
          "grants",
          title,
          expected,
          "Reading them takes a management credential with read:client_grants.",
        );
      }
      try {
        const grants = await reader.grantsOn([api.identifier]);
        const named = new Set(
          declared.map((one) => findGrant(grants, one, one.holder && clientIds[one.holder.key])),
        );
        const ours = new Set(
          declared.flatMap(({ holder, isForeign }) =>
            holder && !isForeign ? (clientIds[holder.key] ?? []) : [],
          ),
        );
        const foreign = grants.filter(
          // What our own applications may do is proved by their tokens.
          (grant) => !grant.is_system && !named.has(grant) && !(grant.client_id && ours.has(grant.client_id)),
        );
        const seen = foreign.map(
          ({ client_id, scope }) =>
            `${client_id ?? "every third-party application"} (${scope?.join(" ") || "no scope"})`,
        );
        return unlessAccepted(
          checks.judged(
            "grants",
            title,
            foreign.length === 0,
            expected,
            foreign.length === 0 ? expected : `besides: ${seen.join(", ")}`,
            `The model does not name these: add them to it, or remove their grant on ${api.identifier}.`,
          ),
          accepted,
          foreign.map((grant) => authorizedPath(api.key, grant)),
        );
      } catch (error) {
        signal.throwIfAborted();
        return checks.judged("grants", title, false, expected, messageOf(error));
      }
    }),
  );
}
