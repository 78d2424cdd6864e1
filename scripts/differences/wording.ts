/** How differences and grants are put into words. */

import type { WireGrant } from "../tenant/objects.ts";
import type { Json } from "./finding.ts";
import { type Difference, shown } from "./properties.ts";

/** One sentence for a property that differs. */
export function sentence({ property, kind, weakened }: Difference): string {
  const what = kind === "changed" ? `${property} was changed` : `${property} was set by hand`;
  return weakened ? `${what}, which lowers security.` : `${what}.`;
}

/** A grant as a report shows it. */
export function describeGrant(grant: WireGrant, name?: string): Json {
  return {
    grant_id: grant.id,
    ...(grant.client_id ? { client_id: grant.client_id } : {}),
    ...(name === undefined ? {} : { name: shown(name) }),
    audience: grant.audience,
    subject_type: grant.subject_type ?? "client",
    ...(grant.default_for ? { default_for: grant.default_for } : {}),
    ...(grant.allow_all_scopes ? { allow_all_scopes: true } : { scope: grant.scope ?? [] }),
  };
}
