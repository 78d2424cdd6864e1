/** The command line: the list of commands, and the one place where a failure becomes an exit code. */
import yargs from "yargs";
import { bootstrap } from "./bootstrap/command.ts";
import { demo } from "./demo/command.ts";
import { drift } from "./drift/command.ts";
import { engine } from "./engine.ts";
import { graph } from "./graph/command.ts";
import { importCommand } from "./import/command.ts";
import type { CommandFactory, Context } from "./lib/command.ts";
import { type ExitCode, exitCodeOf, exitCodes, ToolError, usageError } from "./lib/errors.ts";
import { errorDocument, errorText, painter, printJson, say } from "./lib/output.ts";
import { local } from "./local/command.ts";
import { model } from "./model.ts";
import { rotate } from "./rotate/command.ts";
import { teardown } from "./teardown.ts";
import { verify } from "./verify/command.ts";

const commands: readonly CommandFactory[] = [
  bootstrap,
  teardown,
  local,
  demo,
  model,
  engine,
  verify,
  drift,
  graph,
  importCommand,
  rotate,
];

/** Runs one command line and returns its exit code; nothing is thrown, nothing exits. */
export async function main(argv: readonly string[], context: Context): Promise<number> {
  let code: ExitCode = exitCodes.done;
  const finish = (result: ExitCode) => {
    code = result;
  };
  // yargs drops a lone `-` from a list of positionals.
  const words = argv.map((word) => (argv[0] === "import" && word === "-" ? "/dev/stdin" : word));
  const parser = yargs(words)
    .scriptName("timesheets")
    .usage("$0 <command>\n\nAuth0 access for machine-to-machine APIs, as code.")
    .option("json", { type: "boolean", default: false, describe: "Print one JSON document", global: true })
    .strict()
    .demandCommand(1, "Name a command.")
    .recommendCommands()
    .showHelpOnFail(false)
    .version(false)
    .locale("en")
    .wrap(null)
    .parserConfiguration({ "dot-notation": false })
    .completion("completion", "Print a shell completion script")
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? usageError(message, "See `timesheets --help`.");
    });
  for (const command of commands) parser.command(command(context, finish));
  try {
    await parser.parseAsync(words, {}, (error, _args, output) => {
      if (output && !error) context.stdout.write(`${output}\n`);
    });
    return code;
  } catch (thrown) {
    const error = context.signal.aborted ? interruption(thrown) : thrown;
    if (argv.includes("--json")) printJson(context, errorDocument(error));
    else say(context, painter(context.stderr, context.env)("red", errorText(error)));
    return exitCodeOf(error);
  }
}

/** What was thrown because of a Ctrl-C is told as one, unless the command had more to say about it. */
function interruption(thrown: unknown): unknown {
  if (thrown instanceof ToolError) return thrown;
  return new ToolError("interrupted", "Interrupted.", { exitCode: exitCodes.interrupted, cause: thrown });
}
