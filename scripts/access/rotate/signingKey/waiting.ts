/** The wait for the last token of a signing key, by the tenant's own clock. */
import { decodeJwt } from "jose";
import { exitCodes, ToolError } from "../../../../lib/errors.ts";
import type { TokenPath } from "./report.ts";

/** @throws {ToolError} `tokens_still_valid`, exit 4, where it is too early; both times in milliseconds. */
export function refuseBefore(from: number, now: number, subject: string, reason: string): void {
  if (now >= from) return;
  throw new ToolError(
    "tokens_still_valid",
    `${subject} ${reason}: refused until ${new Date(from).toISOString()}.`,
    {
      exitCode: exitCodes.check,
      hint: "By then the longest-lived token has expired. --force does it now; applications whose tokens it ends must get new ones.",
    },
  );
}

/** The tenant's clock as its own tokens show it, else this machine's; milliseconds since the epoch. */
export async function tenantTime(tokens: TokenPath | undefined): Promise<number> {
  const answer = await tokens?.ask(tokens.api.identifier);
  const issuedAt = answer?.kind === "token" ? decodeJwt(answer.token.value).iat : undefined;
  return issuedAt === undefined ? Date.now() : issuedAt * 1000;
}
