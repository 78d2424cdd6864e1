/** From when on the previous signing key may go: once no token that it signed can still be valid. */
import type { AccessModel } from "../../../../infra/accessModel.ts";
import type { ManagementReads } from "../../../tenant/managementClient.ts";
import { withApiDefaults } from "../../../tenant/objects.ts";
import { createReader } from "../../../tenant/reader.ts";
import type { PreviousKey } from "./keys.ts";

/** An API whose tokens the tenant's key signs. */
export interface TouchedApi {
  readonly name: string;
  readonly identifier: string;
  /** Seconds. */
  readonly tokenLifetime: number;
  readonly inModel: boolean;
}

/** Every API of the tenant but the symmetric ones, which have a secret of their own. */
export async function readTouchedApis(
  management: ManagementReads,
  model: Pick<AccessModel, "apis">,
): Promise<TouchedApi[]> {
  const declared = new Set(Object.values(model.apis).map(({ identifier }) => identifier));
  const apis = await createReader(management).everyApi();
  return apis
    .map(withApiDefaults)
    .filter(({ signing_alg }) => signing_alg !== "HS256")
    .map(({ name, identifier, token_lifetime }) => ({
      name: name ?? identifier,
      identifier,
      tokenLifetime: token_lifetime,
      inModel: declared.has(identifier),
    }));
}

/** Seconds. */
export function longestLifetime(apis: readonly TouchedApi[]): number {
  return Math.max(0, ...apis.map(({ tokenLifetime }) => tokenLifetime));
}

/** When the last token of the key has expired, milliseconds since the epoch. */
export function revocableFrom(previous: PreviousKey, apis: readonly TouchedApi[]): number {
  return previous.signedUntil + longestLifetime(apis) * 1000;
}
