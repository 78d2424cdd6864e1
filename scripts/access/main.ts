/** The command line: the list of commands, in the order that `--help` shows. */

import type { ExitCode } from "../../lib/errors.ts";
import { importCommand } from "../import/command.ts";
import type { CommandFactory, Context } from "../terminal/command.ts";
import { runCommandLine } from "../terminal/commandLine.ts";
import { bootstrap } from "./bootstrap/command.ts";
import { demo } from "./demo/command.ts";
import { drift } from "./drift/command.ts";
import { engine } from "./engine/command.ts";
import { graph } from "./graph/command.ts";
import { local } from "./local/command.ts";
import { model } from "./model/command.ts";
import { rotate } from "./rotate/command.ts";
import { teardown } from "./teardown/command.ts";
import { verify } from "./verify/command.ts";

const commands: readonly CommandFactory[] = [
  demo,
  local,
  bootstrap,
  verify,
  drift,
  rotate,
  importCommand,
  model,
  graph,
  teardown,
  engine,
];

/** Runs one command line and returns its exit code; nothing is thrown, nothing exits. */
export function main(argv: readonly string[], context: Context): Promise<ExitCode> {
  return runCommandLine(commands, argv, context);
}
