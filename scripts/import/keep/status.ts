/** How far the imports of one input are: what their checkpoints and locks say. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { counted } from "../progress.ts";
import { inspectCheckpoint } from "./checkpoint.ts";
import { lockOwner } from "./lock.ts";

export interface ImportStatus {
  /** As it was given. */
  readonly input: string;
  /** The whole, where it is imported by one, and every shard that is known or must exist. */
  readonly parts: readonly PartStatus[];
}

export interface PartStatus {
  /** Undefined for an import without shards. */
  readonly shard: { readonly index: number; readonly count: number } | undefined;
  readonly state: "not_begun" | "running" | "interrupted" | "done";
  readonly rows: number;
  readonly rejected: number;
  readonly rejectsFile: string | null;
  /** The process at work, e.g. `71 on import-2`. */
  readonly owner: string | null;
}

/** @throws {ToolError} exit 2 for a checkpoint that is none */
export async function readStatus(input: string, cwd: string): Promise<ImportStatus> {
  const file = path.resolve(cwd, input);
  const beside = await readdir(path.dirname(file)).catch(() => []);
  const parts = new Map<string, PartStatus>();
  const counts = new Set<number>();
  for (const name of beside) {
    const rest = name.startsWith(path.basename(file)) ? name.slice(path.basename(file).length) : "";
    const [, index, count] = /^(?:\.shard-(\d+)-of-(\d+))?\.checkpoint\.json$/.exec(rest) ?? [];
    if (!rest.endsWith(".checkpoint.json") || (index === undefined && rest !== ".checkpoint.json")) continue;
    const shard = index === undefined ? undefined : { index: Number(index), count: Number(count) };
    if (shard) counts.add(shard.count);
    parts.set(keyOf(shard), await readPart(path.join(path.dirname(file), name), shard));
  }
  for (const count of counts) {
    for (let index = 0; index < count; index++) {
      const shard = { index, count };
      if (!parts.has(keyOf(shard))) parts.set(keyOf(shard), notBegun(shard));
    }
  }
  const sorted = [...parts].sort(([left], [right]) => left.localeCompare(right, "en", { numeric: true }));
  return { input, parts: sorted.map(([, part]) => part) };
}

async function readPart(checkpoint: string, shard: PartStatus["shard"]): Promise<PartStatus> {
  const state = await inspectCheckpoint(checkpoint);
  if (!state) return notBegun(shard);
  const owner = await lockOwner(`${checkpoint}.lock`);
  const isDone = state.finishedAt !== undefined;
  const { rows, rejected } = state.counts;
  return {
    shard,
    state: isDone ? "done" : owner ? "running" : "interrupted",
    rows,
    rejected,
    rejectsFile: rejected > 0 ? (state.rejects.published ?? state.rejects.draft) : null,
    owner: owner && !isDone ? `${owner.pid} on ${owner.host}` : null,
  };
}

function notBegun(shard: PartStatus["shard"]): PartStatus {
  return { shard, state: "not_begun", rows: 0, rejected: 0, rejectsFile: null, owner: null };
}

function keyOf(shard: PartStatus["shard"]): string {
  return shard ? `${shard.count} ${shard.index}` : "";
}

const stateNames = { not_begun: "not begun", running: "running", interrupted: "interrupted", done: "done" };

/** The lines for a person. */
export function describeStatus({ input, parts }: ImportStatus): string[] {
  if (parts.length === 0) return [`${input}: no import of it is under way here.`];
  return parts.map(({ shard, state, rows, rejected, rejectsFile, owner }) => {
    const what = shard ? `${input}, shard ${shard.index} of ${shard.count}` : input;
    if (state === "not_begun") return `${what}: not begun`;
    const where = rejectsFile === null ? "" : ` (${rejectsFile})`;
    const by = owner === null ? "" : `, process ${owner}`;
    return `${what}: ${stateNames[state]}${by}, ${counted(rows, "row", "rows")} done, ${counted(rejected, "reject", "rejects")}${where}`;
  });
}
