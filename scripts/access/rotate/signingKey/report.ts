/** What a rotation or a revocation of the signing key works with, and what it reports. */
import type { Api } from "../../../../infra/accessModel.ts";
import type { Check } from "../../../checks/check.ts";
import type { Endpoint } from "../../../checks/endpoints.ts";
import type { AskToken } from "../../../checks/tokenAnswers.ts";
import type { StackOutputs } from "../../../pulumi/pulumi.ts";
import type { SigningKeys } from "./keys.ts";
import type { TouchedApi } from "./touchedApis.ts";

/** How tokens of the stack are got, and where they are accepted. */
export interface TokenPath {
  readonly api: Api;
  readonly ask: AskToken;
  /** Where the API runs, if it is to be asked too, and an endpoint that takes the token, if the model names one. */
  readonly running: { readonly url: string; readonly endpoint: Endpoint | undefined } | undefined;
}

export interface SigningKeyRotation {
  readonly outputs: StackOutputs;
  /** Absent where no application of the stack can get a token that the key signs. */
  readonly tokens: TokenPath | undefined;
  /** Key id of a management token that was handed over (AUTH0_API_TOKEN), which cannot be renewed here. */
  readonly fixedTokenKey: string | undefined;
  /** Overrides the wait for the previous key's last token. */
  readonly force: boolean;
}

export interface RotationReport {
  readonly rotated: boolean;
  /** The key that is revoked now. */
  readonly revoked: string | null;
  readonly before: SigningKeys;
  readonly after: SigningKeys;
  readonly affects: readonly TouchedApi[];
  readonly checks: readonly Check[];
  /** When the previous key may be revoked, ISO 8601; null where there is none. */
  readonly revocableFrom: string | null;
}
