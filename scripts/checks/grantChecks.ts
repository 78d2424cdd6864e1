/** Who else may ask for tokens: the client grants on each API, against those that the model names. */
import type { AccessModel } from "../../infra/accessModel.ts";
import { messageOf } from "../../lib/errors.ts";
import { type Accepted, nothingAccepted } from "../differences/acceptances.ts";
import { authorizedPath } from "../differences/paths.ts";
import type { ManagementReads } from "../tenant/managementClient.ts";
import { createReader } from "../tenant/reader.ts";
import { type Check, checksOn, unlessAccepted } from "./check.ts";

/**
 * One check an API.
 * @param clientIds Application key -> client id.
 * @param management Absent where no management credential is at hand.
 */
export async function foreignGrantChecks(
  model: Pick<AccessModel, "apis" | "applications">,
  clientIds: Readonly<Record<string, string>>,
  management: ManagementReads | undefined,
  signal: AbortSignal,
  accepted: Accepted = nothingAccepted,
): Promise<Check[]> {
  const reader = management && createReader(management);
  return Promise.all(
    Object.values(model.apis).map(async (api) => {
      const checks = checksOn({ id: api.key, name: api.name });
      const title = "applications that hold a grant";
      const named = Object.values(model.applications)
        .filter(({ grants }) => api.key in grants)
        .flatMap(({ key }) => clientIds[key] ?? []);
      const expected = named.join(", ") || "none";
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
        const foreign = grants.filter(
          ({ client_id, is_system }) => !is_system && !(client_id && named.includes(client_id)),
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
