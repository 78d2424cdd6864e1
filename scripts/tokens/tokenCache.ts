/** The cache of an access token on disk: readable by its owner alone, of use to one application and one API. */
import { createHash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import { makeFolder } from "../../lib/folders.ts";
import { parseJson } from "../../lib/json.ts";
import { readOwnFile, readOwnFileSync, writeOwnFile } from "../../lib/ownFile.ts";

/** Whose token, for which API. */
export interface TokenSubject {
  /** `https://<domain>/oauth/token` */
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** Identifier of the API. */
  readonly audience: string;
}

/** A token and when to part with it, milliseconds since the epoch. */
export interface HeldToken {
  readonly value: string;
  readonly renewAt: number;
  readonly expiresAt: number;
}

const cacheSchema = z.object({
  /** Digest of token endpoint, client and audience: a file of another application is no match. */
  for: z.string(),
  accessToken: z.string(),
  renewAt: z.number(),
  expiresAt: z.number(),
});

/** The token of an earlier run, or undefined where there is none that may be trusted. */
export async function readCachedToken(file: string, subject: TokenSubject): Promise<HeldToken | undefined> {
  try {
    const cached = cacheSchema.parse(JSON.parse(readOwnFileSync(file, 0o077) ?? ""));
    if (cached.for !== digestOf(subject)) return undefined;
    return { value: cached.accessToken, renewAt: cached.renewAt, expiresAt: cached.expiresAt };
  } catch {
    return undefined;
  }
}

/**
 * Replaces the cached token, never leaving half a file nor one that others can read.
 * @throws {ToolError} `file_not_own` for a file that holds something else; the system's refusal
 */
export async function writeCachedToken(file: string, subject: TokenSubject, token: HeldToken): Promise<void> {
  makeFolder(path.dirname(file));
  const there = (await readOwnFile(file)) ?? "";
  if (there !== "" && !cacheSchema.safeParse(parseJson(there)).success) {
    throw new ToolError("file_not_own", `${file} holds something other than a token`, {
      exitCode: exitCodes.usage,
    });
  }
  const { value, renewAt, expiresAt } = token;
  await writeOwnFile(
    file,
    JSON.stringify({ for: digestOf(subject), accessToken: value, renewAt, expiresAt }),
  );
}

function digestOf({ tokenEndpoint, clientId, audience }: TokenSubject): string {
  return createHash("sha256")
    .update(JSON.stringify([tokenEndpoint, clientId, audience]))
    .digest("base64url");
}
