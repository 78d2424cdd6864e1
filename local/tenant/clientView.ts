/** An application as answers show it, and which of its fields a caller's scopes hide. */
import { apiError } from "./errors.ts";
import type { Caller } from "./http.ts";
import { isObject, type JsonObject, without } from "./json.ts";
import type { ApplicationCertificate } from "./keyRing.ts";
import { type Projection, project } from "./projection.ts";
import type { Client } from "./store/clients.ts";
import { type Tenant, tenantName } from "./tenant.ts";

/** Which answer shows it: each shows a little more or less of the signing certificate. */
export type Occasion = "created" | "changed" | "read";

/** Shown to every caller that may read applications at all. */
const summary = ["client_id", "app_type", "name", "description", "tenant", "global"];
const secrets = ["client_secret", "client_authentication_methods", "encryption_key", "signing_keys"];
const secretScopes = [
  ...["read:client_keys", "read:client_credentials", "update:client_keys", "update:client_credentials"],
  ...["create:client_credentials", "create:client_keys"],
];

export const readScopes = [
  "read:clients",
  "read:client_keys",
  "read:client_credentials",
  "read:client_summary",
];

/** The whole application, before projection and hiding. */
export function viewClient(
  tenant: Tenant,
  client: Client,
  certificate: ApplicationCertificate,
  occasion: Occasion,
): JsonObject {
  const { cert, key, pkcs7 } = certificate;
  const subject = occasion === "read" ? "deprecated" : `/CN=${tenant.domain}`;
  const shown: JsonObject = {
    tenant: tenantName(tenant),
    global: client.isGlobal,
    ...client.body,
    ...(occasion === "created" && { encrypted: true }),
    signing_keys: [occasion === "created" ? { cert, key, pkcs7, subject } : { cert, pkcs7, subject }],
    client_id: client.clientId,
    callback_url_template: false,
  };
  // Credentials other than a secret take the secret out of every answer; it is kept, and comes back with them gone.
  if (!client.body.client_authentication_methods) shown.client_secret = client.clientSecret;
  return shown;
}

/** @throws Refusal 403 when hidden fields are asked for by name. */
export function hideFields(shown: JsonObject, caller: Caller, asked: Projection | undefined): JsonObject {
  const hidden = hiddenFields(shown, caller);
  const named = asked?.include === true ? asked.fields.filter((field) => hidden.includes(field)) : [];
  if (named.length > 0) {
    throw apiError(403, `You cannot read the following fields: ${named.join(", ")}`, "insufficient_scope");
  }
  return without(shown, hidden);
}

function hiddenFields(shown: JsonObject, caller: Caller): string[] {
  const fullReader = [
    "read:clients",
    "read:client_keys",
    "create:clients",
    "update:clients",
    "update:client_keys",
  ];
  const has = (scopes: readonly string[]) => scopes.some((scope) => caller.scopes.has(scope));
  const hidden = new Set<string>();
  if (!has(secretScopes)) for (const field of secrets) hidden.add(field);
  if (!has(fullReader)) {
    for (const field of Object.keys(shown))
      if (!summary.includes(field) && !secrets.includes(field)) hidden.add(field);
  }
  return [...hidden];
}

/** In lists the projection always shows the tenant's name. */
export function listedClient(shown: JsonObject, projection: Projection | undefined): JsonObject {
  return project(shown, projection, ["tenant"]);
}

/** Ids of the credentials that the application lists, whatever the method. */
export function listedCredentialIds(body: JsonObject): string[] {
  const methods = body.client_authentication_methods;
  const lists = isObject(methods) ? Object.values(methods) : [];
  return [...lists, body.signed_request_object, body.token_vault_privileged_access]
    .flatMap((method) => (isObject(method) && Array.isArray(method.credentials) ? method.credentials : []))
    .flatMap((credential) =>
      isObject(credential) && typeof credential.id === "string" ? [credential.id] : [],
    );
}
