/** The option that names a stack, the same for every command that cannot do without one. */
import { usageError } from "../../lib/errors.ts";
import type { Option } from "../terminal/command.ts";
import { stackNames } from "./candidates.ts";

/** Reads a stack's name. @throws {ToolError} exit 2 */
function stackName(text: string): string {
  if (/^\w[\w.-]*(\/\w[\w.-]*){0,2}$/.test(text)) return text;
  throw usageError("--stack needs the name of a stack.", "For example: --stack local");
}

export const stackOption = {
  type: "string",
  value: "stack",
  parse: stackName,
  candidates: stackNames,
} as const satisfies Omit<Option, "describe">;

export const requiredStackOption = {
  ...stackOption,
  required: true,
  describe: "Work on this stack",
} as const satisfies Option;
