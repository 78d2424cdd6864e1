/** A share of the rows, for one of several imports of the same input: decided by the natural key alone. */
import { usageError } from "../../../lib/errors.ts";
import type { KeyDigest } from "./keyDigest.ts";

export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** Reads `2/8`; shares count from 0. @throws {ToolError} exit 2 */
export function shardOf(text: string, flag: string): Shard {
  const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
  if (index !== undefined && Number(index) < Number(count)) {
    return { index: Number(index), count: Number(count) };
  }
  throw usageError(
    `${flag} is ${JSON.stringify(text)}, which is no share.`,
    "Shares count from 0: of four they are 0/4, 1/4, 2/4 and 3/4.",
  );
}

/**
 * The share of a pod of an Indexed Job: Kubernetes sets JOB_COMPLETION_INDEX, and the manifest has to set
 * JOB_COMPLETIONS; undefined without them.
 * @throws {ToolError} exit 2
 */
export function shardOfPod(env: Readonly<Record<string, string | undefined>>): Shard | undefined {
  const { JOB_COMPLETION_INDEX: index, JOB_COMPLETIONS: count } = env;
  return index === undefined || count === undefined
    ? undefined
    : shardOf(`${index}/${count}`, "JOB_COMPLETION_INDEX/JOB_COMPLETIONS");
}

/** True where the row with this key is the shard's. */
export function isInShard({ high }: KeyDigest, { index, count }: Shard): boolean {
  return (high >>> 0) % count === index;
}

/** In the names of the files that a shard keeps, e.g. `.shard-2-of-8`; empty without shards. */
export function shardSuffix(shard: Shard | undefined): string {
  return shard ? `.shard-${shard.index}-of-${shard.count}` : "";
}
