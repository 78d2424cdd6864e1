/**
 * The Management API's objects as they are on the wire, described once. What is not named here stays in a loose object, so
 * that a comparison sees it; secrets are described apart and asked for by name alone.
 */
import { z } from "zod";
import type { Query } from "./managementRequests.ts";

/** An API. @see https://auth0.com/docs/api/management/v2/resource-servers/get-resource-servers-by-id */
export const apiSchema = z.looseObject({
  id: z.string(),
  identifier: z.string(),
  name: z.string().nullish(),
  is_system: z.boolean().nullish(),
  signing_alg: z.string().nullish(),
  token_dialect: z.string().nullish(),
  enforce_policies: z.boolean().nullish(),
  /** Seconds. */
  token_lifetime: z.number().nullish(),
  scopes: z.array(z.looseObject({ value: z.string(), description: z.string().nullish() })).nullish(),
});
export type WireApi = z.infer<typeof apiSchema>;

const credentialIds = z.looseObject({ credentials: z.array(z.looseObject({ id: z.string() })).nullish() });

/** An application. @see https://auth0.com/docs/api/management/v2/clients/get-clients-by-id */
export const applicationSchema = z.looseObject({
  client_id: z.string(),
  name: z.string().default(""),
  description: z.string().nullish(),
  app_type: z.string().nullish(),
  grant_types: z.array(z.string()).nullish(),
  /** Null where `client_authentication_methods` says how. */
  token_endpoint_auth_method: z.string().nullish(),
  /** Method -> ids of the credentials that it may use. */
  client_authentication_methods: z.record(z.string(), credentialIds.nullish()).nullish(),
});
export type WireApplication = z.infer<typeof applicationSchema>;

/** An application in a list that asks for no more than this. */
export const namedApplicationSchema = z.object({ client_id: z.string(), name: z.string().default("") });
export type NamedApplication = z.infer<typeof namedApplicationSchema>;

/** A client grant. @see https://auth0.com/docs/api/management/v2/client-grants/get-client-grants */
export const grantSchema = z.looseObject({
  id: z.string(),
  /** Absent in a default grant, which is for a whole group of applications. */
  client_id: z.string().nullish(),
  audience: z.string(),
  scope: z.array(z.string()).nullish(),
  /** `client` or `user`; the first where it is absent. */
  subject_type: z.string().nullish(),
  allow_all_scopes: z.boolean().nullish(),
  default_for: z.string().nullish(),
  is_system: z.boolean().nullish(),
});
export type WireGrant = z.infer<typeof grantSchema>;

/** A key of an application. @see https://auth0.com/docs/api/management/v2/clients/get-credentials */
export const credentialSchema = z.looseObject({
  id: z.string(),
  credential_type: z.string().nullish(),
  name: z.string().nullish(),
  /** RFC 7638 thumbprint. */
  kid: z.string().nullish(),
  alg: z.string().nullish(),
  expires_at: z.string().nullish(),
});
export type WireCredential = z.infer<typeof credentialSchema>;

/** A key that signs the tenant's tokens. @see https://auth0.com/docs/api/management/v2/keys/get-signing-keys */
export const signingKeySchema = z.looseObject({
  kid: z.string(),
  current: z.boolean().nullish(),
  next: z.boolean().nullish(),
  previous: z.boolean().nullish(),
  revoked: z.boolean().nullish(),
  current_until: z.string().nullish(),
  revoked_at: z.string().nullish(),
});

/** The answer to a rotation or a revocation. */
export const changedSigningKeySchema = signingKeySchema.pick({ kid: true });

/** An application's secret; absent where the token may not read it. */
export const applicationSecretSchema = z.object({
  client_id: z.string(),
  client_secret: z.string().optional(),
});

/** The secret that signs a symmetric API's tokens. */
export const signingSecretSchema = z.object({ signing_secret: z.string().optional() });

/** An API with what Auth0 leaves out filled in. */
export function withApiDefaults(api: WireApi) {
  return {
    ...api,
    name: api.name ?? undefined,
    is_system: api.is_system ?? false,
    signing_alg: api.signing_alg ?? "RS256",
    token_dialect: api.token_dialect ?? "access_token",
    enforce_policies: api.enforce_policies ?? false,
    token_lifetime: api.token_lifetime ?? 86_400,
    scopes: (api.scopes ?? []).map(({ value, description }) => ({ value, description: description ?? "" })),
  };
}

/** An application with what Auth0 leaves out filled in. */
export function withApplicationDefaults(application: WireApplication) {
  return {
    ...application,
    description: application.description ?? "",
    app_type: application.app_type ?? "none",
    grant_types: application.grant_types ?? [],
    authentication: authenticationOf(application),
  };
}

/**
 * How an application authenticates; Auth0 goes by its type where nothing was ever set.
 * @see https://auth0.com/docs/get-started/applications/application-settings
 */
export function authenticationOf({
  client_authentication_methods: methods,
  token_endpoint_auth_method: method,
  app_type: type,
}: Pick<
  WireApplication,
  "client_authentication_methods" | "token_endpoint_auth_method" | "app_type"
>): string {
  const [withKeys] = Object.keys(methods ?? {});
  if (withKeys !== undefined) return withKeys;
  if (method) return method;
  if (type === "native" || type === "spa") return "none";
  return type === "regular_web" || type === "non_interactive" ? "client_secret_post" : "client_secret_basic";
}

/** Ids of the credentials that let an application in. */
export function attachedCredentials({
  client_authentication_methods: methods,
}: Pick<WireApplication, "client_authentication_methods">): Set<string> {
  return new Set(
    Object.values(methods ?? {}).flatMap((method) => (method?.credentials ?? []).map(({ id }) => id)),
  );
}

/** Whether a grant is for an application itself; the other kind is for the users of one. */
export function isMachineGrant({ subject_type: subject }: Pick<WireGrant, "subject_type">): boolean {
  return (subject ?? "client") === "client";
}

/** The query that asks for the properties of a schema and no others. */
export function fieldsOf({ shape }: z.ZodObject): Query {
  return { fields: Object.keys(shape).join(","), include_fields: true };
}

/** The query that leaves out of applications what no report may hold. */
export const withoutSecrets: Query = { fields: "client_secret,signing_keys", include_fields: false };
