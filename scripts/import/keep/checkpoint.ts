/** The checkpoint: what an interrupted import had done, on disk before anything is reported, and for one process at a time. */
import { open, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { errorCode, ToolError, usageError } from "../../../lib/errors.ts";
import { parseJson } from "../../../lib/json.ts";
import { readOwnFile, writeOwnFile } from "../../../lib/ownFile.ts";

const checkpointSchema = z.strictObject({
  version: z.literal(2),
  /** What was imported: a change to any of it means another import. */
  inputs: z.array(z.strictObject({ name: z.string(), size: z.number(), digest: z.string() })),
  /** Where to and how read. */
  settings: z.strictObject({
    apiUrl: z.string(),
    format: z.string(),
    /** Digest of the fields, their sources and formats, and of what else decides what a row becomes. */
    reading: z.string(),
    rejectsFile: z.string(),
    rejectsFormat: z.string(),
  }),
  /** Ranges of rows that are done, `[first, end)` from 0 over all inputs. */
  done: z.array(z.tuple([z.int().min(0), z.int().min(0)])),
  counts: z.strictObject({
    rows: z.int(),
    accepted: z.int(),
    alreadyStored: z.int(),
    rejected: z.int(),
    batches: z.int(),
    duplicates: z.int(),
    merged: z.int(),
  }),
  /** Rejected rows by code. */
  rejectedBy: z.record(z.string(), z.int()).default({}),
  requests: z.int(),
  retries: z.record(z.string(), z.int()),
  tokens: z.int(),
  /** The rejects that belong to these counts. */
  rejects: z.strictObject({
    draft: z.string(),
    published: z.string().optional(),
    bytes: z.int(),
    digest: z.string(),
  }),
  /** Of the first run, milliseconds since the epoch. */
  startedAt: z.number(),
  /** Spent in all runs, milliseconds. */
  elapsed: z.number(),
  runs: z.int(),
  /** Of a shard that is done, milliseconds since the epoch: its checkpoint stays, to show it beside the others. */
  finishedAt: z.number().optional(),
});

export type CheckpointState = z.infer<typeof checkpointSchema>;

export type FoundCheckpoint =
  | { readonly kind: "none" }
  | { readonly kind: "resumable"; readonly state: CheckpointState }
  /** There is one, of something else: the import starts over and says why. */
  | { readonly kind: "other"; readonly why: string };

type Identity = Pick<CheckpointState, "inputs" | "settings">;

/** Reads the checkpoint of the import that `identity` describes. */
export async function findCheckpoint(file: string, identity: Identity): Promise<FoundCheckpoint> {
  const text = await readCheckpoint(file);
  if (text === undefined) return { kind: "none" };
  const parsed = checkpointSchema.safeParse(parseJson(text));
  if (!parsed.success) return { kind: "other", why: `${file} is a checkpoint of another version` };
  const { inputs, settings } = parsed.data;
  const changed = identity.inputs.find(
    ({ name, digest }) => inputs.find((input) => input.name === name)?.digest !== digest,
  );
  if (changed) {
    const known = inputs.some(({ name }) => name === changed.name);
    return {
      kind: "other",
      why: known
        ? `${changed.name} has changed since its import was interrupted`
        : `${file} belongs to an import of ${inputs.map(({ name }) => name).join(", ")}`,
    };
  }
  if (inputs.length !== identity.inputs.length || !sameSettings(settings, identity.settings)) {
    return { kind: "other", why: "the interrupted import had other settings" };
  }
  if (parsed.data.finishedAt !== undefined) return { kind: "none" };
  return { kind: "resumable", state: parsed.data };
}

const anyVersion = z.looseObject({ version: z.int(), inputs: z.array(z.unknown()) });

/**
 * The text of a checkpoint; undefined where there is no such file.
 * @throws {ToolError} exit 2 for a file that is something else, so that it is never overwritten
 */
export async function readCheckpoint(file: string): Promise<string | undefined> {
  const text = await readOwnFile(file).catch((error: unknown) => {
    throw notUsable(file, error);
  });
  if (text === undefined || anyVersion.safeParse(parseJson(text)).success) return text;
  throw usageError(
    `${file} is not a checkpoint of an import, and stays as it is.`,
    "Remove it, or choose another place with --checkpoint FILE.",
  );
}

/** A checkpoint as it is, whatever import it is of; undefined where there is none. */
export async function inspectCheckpoint(file: string): Promise<CheckpointState | undefined> {
  return checkpointSchema.safeParse(parseJson((await readCheckpoint(file)) ?? "")).data;
}

/** The rejects file of an import of these very inputs that is running or was interrupted; undefined without one. */
export async function rejectsInUse(file: string, inputs: Identity["inputs"]): Promise<string | undefined> {
  const text = await readOwnFile(file).catch(() => undefined);
  const state = checkpointSchema.safeParse(parseJson(text ?? "")).data;
  const digests = (of: Identity["inputs"]) => of.map(({ digest }) => digest).join();
  return state && state.finishedAt === undefined && digests(state.inputs) === digests(inputs)
    ? state.settings.rejectsFile
    : undefined;
}

function sameSettings(left: Identity["settings"], right: Identity["settings"]): boolean {
  const order = (settings: Identity["settings"]) =>
    JSON.stringify([
      settings.apiUrl,
      settings.format,
      settings.reading,
      settings.rejectsFile,
      settings.rejectsFormat,
    ]);
  return order(left) === order(right);
}

/**
 * Replaces the checkpoint, so that after a loss of power it is the old one or the new one.
 * @param assertHeld Throws where another process has taken over.
 */
export async function writeCheckpoint(
  file: string,
  state: CheckpointState,
  assertHeld: () => Promise<void>,
): Promise<void> {
  try {
    await writeOwnFile(file, `${JSON.stringify(state)}\n`, assertHeld);
    await syncFolder(path.dirname(file));
  } catch (error) {
    throw notUsable(file, error);
  }
}

export async function removeCheckpoint(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** Makes a rename durable; where folders cannot be opened (Windows) it is so without. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // Some file systems refuse it; the file itself is synced.
  } finally {
    await handle?.close();
  }
}

function notUsable(file: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  const message = `The checkpoint ${file} cannot be kept (${code}).`;
  if (["ENOSPC", "EDQUOT", "EFBIG", "EIO"].includes(code)) {
    return new ToolError("checkpoint_not_written", message, {
      hint: "Make space on its disk, or choose another place with --checkpoint FILE.",
      cause: error,
    });
  }
  return usageError(
    message,
    "Choose another place with --checkpoint FILE, or go without: --checkpoint none.",
  );
}
