/** How many rejected rows an import bears. */
import type { RowCounts } from "../tally.ts";

/** A bound on rejected rows: a number of them, or a share of the rows done. */
export type RejectLimit = { readonly rows: number } | { readonly percent: number };

/** A percentage is judged from this many rows on. */
const percentFrom = 1000;

/** @param finished True once all rows are done: then a percentage of a few rows counts as well. */
export function exceeds(
  limit: RejectLimit,
  { rows, rejected }: Pick<RowCounts, "rows" | "rejected">,
  finished: boolean,
): boolean {
  if ("rows" in limit) return rejected > limit.rows;
  return (finished || rows >= percentFrom) && rejected > (rows * limit.percent) / 100;
}
