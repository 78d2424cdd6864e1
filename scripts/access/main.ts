/** The command line `auth0-m2m`: its commands, in the order that `--help` shows. */

import type { ExitCode } from "../../lib/errors.ts";
import type { Context, Group } from "../terminal/command.ts";
import { runCommandLine } from "../terminal/commandLine.ts";
import { runProcess } from "../terminal/start.ts";
import { bootstrap } from "./bootstrap/command.ts";
import { demo } from "./demo/command.ts";
import { drift } from "./drift/command.ts";
import { engine } from "./engine/command.ts";
import { graph } from "./graph/command.ts";
import { local } from "./local/command.ts";
import { model } from "./model/command.ts";
import { release } from "./release/command.ts";
import { rotate } from "./rotate/command.ts";
import { teardown } from "./teardown/command.ts";
import { verify } from "./verify/command.ts";

const program: Group = {
  name: "auth0-m2m",
  describe: "Manage Auth0 access for machine-to-machine APIs as code",
  examples: [
    ["$0 demo", "See everything once, on this machine"],
    ["$0 local", "Keep a local tenant running; use --stack local in another shell"],
    ["$0 bootstrap --stack dev --dry-run", "Show what would be done on the tenant that AUTH0_DOMAIN names"],
  ],
  commands: [demo, local, bootstrap, verify, drift, rotate, model, graph, release, teardown, engine],
};

/** Runs one command line and returns its exit code; nothing is thrown, nothing exits. */
export function main(argv: readonly string[], context: Context): Promise<ExitCode> {
  return runCommandLine(program, argv, context);
}

/** Runs the command line of this process. */
export const start = () => runProcess(main);
