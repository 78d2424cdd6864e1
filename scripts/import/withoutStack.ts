/** What takes the place of stacks in the job's own image, which holds neither a project nor Pulumi. */
import { usageError } from "../../lib/errors.ts";
import type { openImportStack as withStack } from "./stack.ts";

export const openImportStack: typeof withStack = async () => {
  throw usageError(
    "--stack needs a checkout of the project with Pulumi; this is the job alone.",
    "Give the credentials with --credentials-file FILE, or as TIMESHEETS_* variables.",
  );
};

/** A shell completes nothing from a project that is not there. */
const nothing = async (): Promise<string[]> => [];

export { nothing as apiKeys, nothing as applicationKeys, nothing as stackNames };
