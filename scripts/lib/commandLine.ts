/** Runs a list of commands: parses, and is the one place where a failure becomes an exit code. */
import yargs from "yargs";
import type { CommandFactory, Context } from "./command.ts";
import { type ExitCode, exitCodeOf, exitCodes, ToolError, usageError } from "./errors.ts";
import { errorDocument, errorText, painter, printJson, say } from "./output.ts";

/** Runs one command line and returns its exit code; nothing is thrown, nothing exits. */
export async function runCommandLine(
  commands: readonly CommandFactory[],
  argv: readonly string[],
  context: Context,
): Promise<ExitCode> {
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
