/** The keys of an application that others own: what it is known by. Only its grants are the model's. */
import type { Property } from "./property.ts";
import { displayName, text } from "./values.ts";

/** Whose an application is; it decides which keys its entry takes. */
export const owners = ["ours", "elsewhere"] as const;

export const foreignApplicationProperties = {
  name: {
    accepts: displayName().optional(),
    sentence:
      "What the Auth0 Dashboard calls it; bootstrap finds it by this name where no client id is given, and records the id.",
    values: "text",
    example: "name: Storefront",
    fix: "Give the name that the Auth0 Dashboard shows.",
  },
  clientId: {
    accepts: text("the client id of an application", 64, /^[\w-]+$/).optional(),
    sentence: "Its client id; it differs between tenants, so it belongs in the stack's file.",
    values: "a client id",
    example: "clientId: W3tKPhMZ8mVbTcQs5EdYzr7nJ2gXfL4u",
    fix: "Give the client id that the Auth0 Dashboard shows, in quotation marks.",
    alsoCalled: ["client_id", "id"],
  },
} as const satisfies Record<string, Property>;
