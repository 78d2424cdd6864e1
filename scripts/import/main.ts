/** The command line `timesheets-import`: the nightly job. */
import type { ExitCode } from "../../lib/errors.ts";
import type { Context, Group } from "../terminal/command.ts";
import { runCommandLine } from "../terminal/commandLine.ts";
import { runProcess } from "../terminal/start.ts";
import { importCommand } from "./command.ts";
import { checkCommand } from "./job/command.ts";
import { statusCommand } from "./statusCommand.ts";

const program: Group = {
  name: "timesheets-import",
  describe: "Upload contractors' hours from CSV or JSON to the Timesheets API",
  examples: [],
  commands: [importCommand, checkCommand, statusCommand],
  fallback: importCommand,
};

/** Runs one command line and returns its exit code; nothing is thrown, nothing exits. */
export function main(argv: readonly string[], context: Context): Promise<ExitCode> {
  return runCommandLine(program, argv, context);
}

/** Runs the command line of this process. */
export const start = () => runProcess(main);
