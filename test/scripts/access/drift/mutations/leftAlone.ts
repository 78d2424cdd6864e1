/** Changes by hand to properties that a model leaves to others: none of them is drift. */
import { onApi, onApplication, onGrant } from "./mutation.ts";

export const leftAloneByApi = [
  "proof_of_possession",
  "skip_consent_for_verifiable_first_party_clients",
  "subject_type_authorization.user.policy",
  "token_lifetime",
];
export const leftAloneByApplication = [
  "grant_types",
  "organization_usage",
  "refresh_token.leeway",
  "token_quota",
];

export const leftAloneByGrant = ["organization_usage", "scope"];

/** Each is brought back by its `undo`. */
export const leftAloneChanges = [
  onApi(
    "proof of possession",
    { proof_of_possession: { mechanism: "dpop", required: true } },
    { proof_of_possession: null },
  ),
  onApi(
    "a part of the access policy",
    {
      subject_type_authorization: {
        client: { policy: "require_client_grant" },
        user: { policy: "require_client_grant" },
      },
    },
    {
      subject_type_authorization: {
        client: { policy: "require_client_grant" },
        user: { policy: "allow_all" },
      },
    },
  ),
  onApi("a lifetime that has a default", { token_lifetime: 90_000 }, { token_lifetime: 86_400 }),
  onApplication(
    "a quota",
    { token_quota: { client_credentials: { enforce: true, per_hour: 1 } } },
    { token_quota: null },
  ),
  onGrant(
    "scopes and organizations of a grant",
    { scope: ["read:timesheets"], organization_usage: "allow" },
    { scope: ["batch:upload"], organization_usage: null },
  ),
  onApplication("who may use it", { organization_usage: "allow" }, { organization_usage: null }),
  onApplication(
    "grant types",
    { grant_types: ["client_credentials", "password"] },
    { grant_types: ["client_credentials"] },
  ),
  onApplication(
    "metadata that the model does not mention",
    { client_metadata: { team: "sales" } },
    { client_metadata: { team: null } },
  ),
];
