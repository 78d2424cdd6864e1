/** Leaves the local tenant as the Dashboard leaves one after "Create API", for every API that an application adopts. */
import { z } from "zod";
import type { AccessModel } from "../../../infra/accessModel.ts";
import { ToolError } from "../../../lib/errors.ts";
import { sendRequest } from "../../../lib/http.ts";
import { parseJson } from "../../../lib/json.ts";
import type { LocalRecord } from "../../session/localRecord.ts";

export interface SeededApi {
  readonly resourceServerId: string;
  readonly clientId: string;
  readonly grantId: string;
}

const seededSchema = z.object({ resourceServerId: z.string(), clientId: z.string(), grantId: z.string() });

/** Makes them through the tenant's control interface; returns the ids by API key. */
export async function seedAsDashboard(
  record: LocalRecord,
  model: AccessModel,
): Promise<Record<string, SeededApi>> {
  const seeded: Record<string, SeededApi> = {};
  for (const [key, api] of Object.entries(model.apis)) {
    const adopted = Object.values(model.applications).some(
      ({ adopts, grants }) => adopts === `${api.name} (Test Application)` && key in grants,
    );
    if (!adopted) continue;
    const response = await sendRequest(`${record.controlUrl}/dashboard/apis`, {
      method: "POST",
      headers: { authorization: `Bearer ${record.controlKey}`, "content-type": "application/json" },
      body: JSON.stringify({ name: api.name, identifier: api.identifier, signingAlgorithm: "RS256" }),
    });
    if (response.status === 409) continue;
    if (!response.ok)
      throw new ToolError("seed_failed", `The local tenant could not be seeded (${response.status}).`);
    seeded[key] = seededSchema.parse(parseJson(response.text));
  }
  return seeded;
}
