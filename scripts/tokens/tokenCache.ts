/** The cache of an access token on disk: readable by its owner alone, of use to one application and one API. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { writeWhole } from "../../lib/files.ts";
import { makeFolder } from "../../lib/folders.ts";

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
    const cached = cacheSchema.parse(JSON.parse(await readOwn(file)));
    if (cached.for !== digestOf(subject)) return undefined;
    return { value: cached.accessToken, renewAt: cached.renewAt, expiresAt: cached.expiresAt };
  } catch {
    return undefined;
  }
}

/** Replaces the cached token, never leaving half a file nor one that others can read. */
export async function writeCachedToken(file: string, subject: TokenSubject, token: HeldToken): Promise<void> {
  makeFolder(path.dirname(file));
  const { value, renewAt, expiresAt } = token;
  await writeWhole(
    file,
    JSON.stringify({ for: digestOf(subject), accessToken: value, renewAt, expiresAt }),
    0o600,
  );
}

/** Reads a file that nobody else can read or could have put there. */
async function readOwn(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { mode, uid } = await handle.stat();
    if ((mode & 0o077) !== 0 || (process.getuid && uid !== process.getuid())) throw new Error("not private");
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

function digestOf({ tokenEndpoint, clientId, audience }: TokenSubject): string {
  return createHash("sha256")
    .update(JSON.stringify([tokenEndpoint, clientId, audience]))
    .digest("base64url");
}
