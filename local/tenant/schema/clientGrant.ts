/** What may be sent when a client grant is created or changed. */
import type { Schema } from "./check.ts";

const organizationUsage = ["deny", "allow", "require"] as const;
/** Who asks: the application itself, its users, or their browsers before a login. */
export const subjectTypes = ["client", "user", "anonymous_user"] as const;
const strings: Schema = { type: "array", items: { type: "string", minLength: 1, maxLength: 280 } };

export const createClientGrant: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["audience"],
  properties: {
    client_id: { type: "string", minLength: 1, description: "ID of the client." },
    audience: {
      type: "string",
      minLength: 1,
      description: "The audience (API identifier) of this client grant",
    },
    scope: { ...strings, description: "Scopes allowed for this client grant." },
    organization_usage: { type: "string", enum: organizationUsage },
    allow_any_organization: { type: "boolean" },
    subject_type: { type: "string", enum: subjectTypes },
    authorization_details_types: strings,
    allow_all_scopes: { type: "boolean" },
    default_for: { type: "string", enum: ["third_party_clients"] },
  },
};

export const updateClientGrant: Schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    scope: { ...strings, type: ["array", "null"], description: "Scopes allowed for this client grant." },
    organization_usage: { type: ["string", "null"], enum: [...organizationUsage, null] },
    allow_any_organization: { type: ["boolean", "null"] },
    authorization_details_types: strings,
    allow_all_scopes: { type: ["boolean", "null"] },
  },
};
