/** What the reader has to know about a signing key: whose it is, which keys there are, who remembers them. */
import type { Report } from "../../../../lib/report.ts";
import { plainText } from "../../../../lib/text.ts";
import type { SigningKeys } from "./keys.ts";
import type { TouchedApi } from "./touchedApis.ts";

export function reportTouchedApis(report: Report, affects: readonly TouchedApi[]): void {
  const others = affects.filter(({ inModel }) => !inModel);
  const names = others.map(({ name }) => plainText(name)).join(", ");
  report({
    level: "info",
    code: "apis_touched",
    message:
      others.length === 0
        ? "The signing key is the tenant's; it has no APIs beside the model's."
        : `The signing key is the tenant's: these APIs, which the model does not name, are touched too: ${names}.`,
    data: { others: others.map(({ identifier }) => identifier) },
  });
}

export function reportKeys(report: Report, when: string, keys: SigningKeys): void {
  const { current, next = "none", previous } = keys;
  report({
    level: "info",
    code: "signing_keys",
    message: `${when}: current ${current}, next ${next}, previous ${previous?.kid ?? "none"}`,
    data: { current, next: keys.next ?? null, previous: previous?.kid ?? null },
  });
}

export function reportCaches(report: Report): void {
  report({
    level: "info",
    code: "key_set_cached",
    message:
      "Verifiers keep the key set for a while (express-oauth2-jwt-bearer: 10 minutes); until then a revoked key's tokens still pass there.",
  });
}
