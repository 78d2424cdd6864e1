/** Objects of the Management API as they are read, what Auth0 leaves out filled in; secrets are each command's own to ask for. */
import { z } from "zod";
import type { Query } from "./managementRequests.ts";

/** An API. @see https://auth0.com/docs/api/management/v2/resource-servers/get-resource-servers-by-id */
export const resourceServerSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  identifier: z.string(),
  is_system: z.boolean().default(false),
  signing_alg: z.string().default("RS256"),
  token_dialect: z.string().default("access_token"),
  enforce_policies: z.boolean().default(false),
  /** Seconds. */
  token_lifetime: z.number().default(86_400),
  scopes: z.array(z.object({ value: z.string(), description: z.string().default("") })).default([]),
});

/** An application. @see https://auth0.com/docs/api/management/v2/clients/get-clients-by-id */
export const clientSchema = z.object({
  client_id: z.string(),
  name: z.string().default(""),
  description: z.string().default(""),
  app_type: z.string().default("none"),
  grant_types: z.array(z.string()).default([]),
  /** Null where `client_authentication_methods` says how. */
  token_endpoint_auth_method: z.string().nullish(),
  /** Method -> ids of the credentials that it may use. */
  client_authentication_methods: z
    .record(z.string(), z.object({ credentials: z.array(z.object({ id: z.string() })).default([]) }))
    .nullish(),
});

/**
 * How an application authenticates; Auth0 goes by its type where nothing was ever set.
 * @see https://auth0.com/docs/get-started/applications/application-settings
 */
export function authenticationOf({
  client_authentication_methods: methods,
  token_endpoint_auth_method: method,
  app_type: type,
}: {
  readonly client_authentication_methods?: Readonly<Record<string, unknown>> | null | undefined;
  readonly token_endpoint_auth_method?: string | null | undefined;
  readonly app_type?: string | null | undefined;
}): string {
  const [withKeys] = Object.keys(methods ?? {});
  if (withKeys !== undefined) return withKeys;
  if (method) return method;
  if (type === "native" || type === "spa") return "none";
  return type === "regular_web" || type === "non_interactive" ? "client_secret_post" : "client_secret_basic";
}

/** A client grant. @see https://auth0.com/docs/api/management/v2/client-grants/get-client-grants */
export const clientGrantSchema = z.object({
  id: z.string(),
  /** Absent on a grant for every third-party application. */
  client_id: z.string().optional(),
  audience: z.string(),
  scope: z.array(z.string()).default([]),
  allow_all_scopes: z.boolean().default(false),
  subject_type: z.string().default("client"),
  is_system: z.boolean().default(false),
});

/** A key of an application. @see https://auth0.com/docs/api/management/v2/clients/get-credentials */
export const credentialSchema = z.object({
  id: z.string(),
  name: z.string().default(""),
  /** RFC 7638 thumbprint. */
  kid: z.string().default(""),
  expires_at: z.string().nullish(),
});

/** The query that asks for the properties of a schema and no others. */
export function fieldsOf({ shape }: z.ZodObject): Query {
  return { fields: Object.keys(shape).join(","), include_fields: true };
}
