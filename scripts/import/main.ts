/** The command line `timesheets-import`: the nightly job. */
import type { ExitCode } from "../../lib/errors.ts";
import type { Context } from "../terminal/command.ts";
import { type Program, runCommandLine } from "../terminal/commandLine.ts";
import { runProcess } from "../terminal/start.ts";
import { importCommand } from "./command.ts";

const program: Program = {
  name: "timesheets-import",
  summary: "Upload contractors' hours from CSV or JSON to the Timesheets API.",
  usage: "$0 <files..>",
  examples: [],
  commands: [importCommand],
};

/** Runs one command line and returns its exit code; nothing is thrown, nothing exits. */
export function main(argv: readonly string[], context: Context): Promise<ExitCode> {
  return runCommandLine(program, argv, context);
}

/** Runs the command line of this process. */
export const start = () => runProcess(main);
