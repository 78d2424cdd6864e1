/** Refuses an input that has fewer or more rows than it should: a wrong file, before anything of it is sent. */
import { exitCodes, ToolError, usageError } from "../../../lib/errors.ts";
import type { Reader } from "../plan.ts";

/** How many rows all inputs together should have. */
export interface RowRange {
  readonly least: number;
  readonly most: number;
}

/** Reads `900..1100`, `900..`, or one number. @throws {ToolError} exit 2 */
export function rowRange(text: string, flag: string): RowRange {
  const [, least, dots, most] = /^(\d{1,12})(\.\.(\d{1,12})?)?$/.exec(text) ?? [];
  const range = {
    least: Number(least),
    most: Number(dots === undefined ? least : (most ?? Number.POSITIVE_INFINITY)),
  };
  if (range.least <= range.most) return range;
  throw usageError(`${flag} is a number of rows, or a range such as 900..1100.`);
}

/** Counts the rows of all inputs. @throws {ToolError} `unexpected_rows`, exit 2 */
export async function assertRows(
  readers: readonly Reader[],
  { least, most }: RowRange,
  signal: AbortSignal,
): Promise<void> {
  if (readers.some(({ input }) => input.file === undefined)) {
    throw usageError(
      "--expect-rows reads the input twice, and standard input can be read once.",
      "Keep it on disk with --spool DIR.",
    );
  }
  let count = 0;
  const nothing = () => {};
  for (const { rows } of readers) {
    for await (const portion of rows(nothing, nothing)) {
      signal.throwIfAborted();
      count += portion.length;
    }
  }
  if (count >= least && count <= most) return;
  const names = readers.map(({ input }) => input.name).join(", ");
  const expected =
    most === least ? `${least}` : Number.isFinite(most) ? `${least} to ${most}` : `at least ${least}`;
  throw new ToolError(
    "unexpected_rows",
    `${names}: ${count} ${count === 1 ? "row" : "rows"}, where ${expected} should be. Nothing was sent.`,
    { exitCode: exitCodes.usage, hint: "Check that this is the right file, or change --expect-rows." },
  );
}
