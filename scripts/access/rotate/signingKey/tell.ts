/** What the reader has to know about a signing key: whose it is, which keys there are, who remembers them. */
import { plainText } from "../../../../lib/text.ts";
import type { SigningKeys } from "./keys.ts";
import type { SigningKeyRotation } from "./report.ts";
import type { TouchedApi } from "./touchedApis.ts";

export function tellWhoIsTouched({ tell }: SigningKeyRotation, affects: readonly TouchedApi[]): void {
  const others = affects.filter(({ inModel }) => !inModel).map(({ name }) => plainText(name));
  tell(
    others.length === 0
      ? "The signing key is the tenant's; it has no APIs beside the model's."
      : `The signing key is the tenant's: these APIs, which the model does not name, are touched too: ${others.join(", ")}.`,
  );
}

export function tellKeys(
  tell: (line: string) => void,
  when: string,
  { current, next, previous }: SigningKeys,
): void {
  tell(`${when}: current ${current}, next ${next ?? "none"}, previous ${previous?.kid ?? "none"}`);
}

export function tellAboutCaches(tell: (line: string) => void): void {
  tell(
    "Verifiers keep the key set for a while (express-oauth2-jwt-bearer: 10 minutes); until then a revoked key's tokens still pass there.",
  );
}
