/** Drafts that a killed import left and no checkpoint names: the next import finds them by name. */
import { hash, randomBytes } from "node:crypto";
import { lstat, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { openOwnFile } from "../../../lib/ownFile.ts";
import { isAlive, startOf } from "../../../lib/processes.ts";
import type { Report } from "../../../lib/report.ts";
import { processSpace } from "./lock.ts";

/** Bytes of a draft that is compared; a larger one stays. */
const largest = 64 * 1024 * 1024;

/** Name of a draft that tells whether its process lives: where it runs, its number and its start. */
export function draftOfProcess(file: string): string {
  return `${file}.draft-${here()}-${process.pid}-${startedAs(process.pid)}-${randomBytes(4).toString("hex")}`;
}

/** Milliseconds without a write, after which the process of a draft that cannot be asked is taken for dead. */
const deadAfter = 24 * 3600 * 1000;

/** Drafts for this rejects file whose process is dead. */
export async function findLeftDrafts(file: string): Promise<string[]> {
  const { dir, base } = path.parse(file);
  const names = await readdir(dir).catch(() => []);
  const left: string[] = [];
  for (const name of names) {
    if (!name.startsWith(`${base}.draft-`)) continue;
    const [, place, pid, start] =
      /^([0-9a-f]{8})-(\d+)-([0-9a-f]{8})-[0-9a-f]{8}$/.exec(name.slice(base.length + ".draft-".length)) ??
      [];
    if (pid === undefined) continue;
    const draft = path.join(dir, name);
    const isLive =
      place === here()
        ? isAlive(Number(pid)) && startedAs(Number(pid)) === start
        : Date.now() - (await lstat(draft)).mtimeMs < deadAfter;
    if (!isLive) left.push(draft);
  }
  return left;
}

/**
 * Removes those whose rows this import has rejected again, and names the others, which stay.
 * @param rejectsFile Undefined where nothing was rejected.
 */
export async function settleLeftDrafts(
  drafts: readonly string[],
  rejectsFile: string | undefined,
  report: Report,
): Promise<void> {
  if (drafts.length === 0) return;
  const rejected = new Set(rejectsFile === undefined ? [] : await linesOf(rejectsFile));
  for (const draft of drafts) {
    const lines = await linesOf(draft);
    if (lines?.every((line) => rejected.has(line))) {
      await rm(draft, { force: true });
      continue;
    }
    report({
      level: "warning",
      code: "rejects_left",
      message: `${draft} stays: an import that was killed had rejected its rows, and this one has not rejected all of them.`,
      data: { file: draft },
    });
  }
}

/** Its whole lines, a character for each byte; undefined for what is too large or not ours. */
async function linesOf(file: string): Promise<string[] | undefined> {
  const handle = await openOwnFile(file, "read").catch(() => undefined);
  try {
    if (!handle || (await handle.stat()).size > largest) return undefined;
    // The last piece is empty, or half a line that the kill cut.
    return (await handle.readFile("latin1")).split("\n").slice(0, -1);
  } finally {
    await handle?.close();
  }
}

function here(): string {
  return digest(JSON.stringify([hostname(), processSpace()]));
}

function startedAs(pid: number): string {
  return digest(startOf(pid) ?? "");
}

function digest(text: string): string {
  return hash("sha256", text, "hex").slice(0, 8);
}
