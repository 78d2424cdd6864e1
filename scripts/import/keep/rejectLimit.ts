/** How many rejected rows an import tolerates. */
import { usageError } from "../../../lib/errors.ts";
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

/** Reads `100` rows, or `2%` of them. @throws {ToolError} exit 2 */
export function rejectLimit(text: string): RejectLimit {
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,4})?)(%?)$/.exec(text) ?? [];
  if (number !== undefined && percent === "%" && Number(number) <= 100) return { percent: Number(number) };
  if (number !== undefined && percent === "" && Number.isInteger(Number(number))) {
    return { rows: Number(number) };
  }
  throw usageError("--max-rejects is a number of rows, such as 100, or a share of them, such as 2%.");
}
