/** The checkpoint: what an interrupted import had done, on disk before anybody is told, and for one process at a time. */
import { open, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { errorCode, usageError } from "../../../lib/errors.ts";
import { readIfPresent, writeWhole } from "../../../lib/files.ts";
import { parseJson } from "../../../lib/json.ts";

const checkpointSchema = z.strictObject({
  version: z.literal(1),
  /** What was imported: a change to any of it means another import. */
  inputs: z.array(z.strictObject({ name: z.string(), size: z.number(), digest: z.string() })),
  /** Where to and how read. */
  settings: z.strictObject({
    apiUrl: z.string(),
    format: z.string(),
    map: z.record(z.string(), z.string()),
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
  }),
  requests: z.int(),
  retries: z.record(z.string(), z.int()),
  tokens: z.int(),
  /** Length of the rejects file that belongs to these counts. */
  rejectsBytes: z.int(),
  /** Of the first run, milliseconds since the epoch. */
  startedAt: z.number(),
  /** Spent in all runs, milliseconds. */
  elapsed: z.number(),
  runs: z.int(),
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
  const text = await readIfPresent(file).catch((error: unknown) => {
    throw notUsable(file, error);
  });
  if (text === undefined) return { kind: "none" };
  const parsed = checkpointSchema.safeParse(parseJson(text));
  if (!parsed.success) return { kind: "other", why: `${file} is not a checkpoint of this version` };
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
  return { kind: "resumable", state: parsed.data };
}

/** The rejects file of an import of these very inputs that is running or was interrupted; undefined without one. */
export async function rejectsInUse(file: string, inputs: Identity["inputs"]): Promise<string | undefined> {
  const text = await readIfPresent(file).catch(() => undefined);
  const state = checkpointSchema.safeParse(parseJson(text ?? "")).data;
  const digests = (of: Identity["inputs"]) => of.map(({ digest }) => digest).join();
  return state && digests(state.inputs) === digests(inputs) ? state.settings.rejectsFile : undefined;
}

function sameSettings(left: Identity["settings"], right: Identity["settings"]): boolean {
  const order = (settings: Identity["settings"]) =>
    JSON.stringify([
      settings.apiUrl,
      settings.format,
      settings.rejectsFile,
      settings.rejectsFormat,
      Object.entries(settings.map).sort(),
    ]);
  return order(left) === order(right);
}

/** Replaces the checkpoint, so that after a loss of power it is the old one or the new one. */
export async function writeCheckpoint(file: string, state: CheckpointState): Promise<void> {
  try {
    await writeWhole(file, `${JSON.stringify(state)}\n`, 0o600);
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
  return code === undefined || !/^E[A-Z]+$/.test(code)
    ? error
    : usageError(
        `The checkpoint ${file} cannot be kept (${code}).`,
        "Choose another place with --checkpoint FILE, or go without: --checkpoint none.",
      );
}
