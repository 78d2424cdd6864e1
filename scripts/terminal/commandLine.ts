/** Runs a list of commands: parses, and is the one place where a failure becomes an exit code. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import yargs from "yargs";
import { type ExitCode, exitCodeOf, exitCodes, interruption, ToolError } from "../../lib/errors.ts";
import type { CommandFactory, Context } from "./command.ts";
import { errorDocument, errorText, painter, printJson, say } from "./output.ts";
import { failureOf } from "./usage.ts";

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
    .example("$0 demo", "See everything once, on this machine")
    .example("$0 local", "Keep a local tenant running; use --stack local in another shell")
    .example("$0 bootstrap --stack dev --dry-run", "What would be done on the tenant that AUTH0_DOMAIN names")
    .epilogue(
      "`$0 <command> --help` shows a command's options, with examples.".replaceAll("$0", "timesheets"),
    )
    .option("json", { type: "boolean", default: false, describe: "Print one JSON document", global: true })
    .strict()
    .demandCommand(1, "Name a command.")
    .recommendCommands()
    .showHelpOnFail(false)
    .version(ownVersion())
    .locale("en")
    .wrap(null)
    .parserConfiguration({ "dot-notation": false })
    .completion("completion", "Print a shell completion script")
    .exitProcess(false)
    .fail((message, error) => {
      throw failureOf(message, error, "");
    });
  for (const command of commands) parser.command(command(context, finish));
  try {
    await parser.parseAsync(words, {}, (error, _args, output) => {
      if (output && !error) context.stdout.write(`${output}\n`);
    });
    return code;
  } catch (thrown) {
    const error = context.signal.aborted ? asInterruption(thrown) : thrown;
    if (argv.includes("--json")) printJson(context, errorDocument(error));
    else say(context, painter(context.stderr, context.env)("red", errorText(error)));
    return exitCodeOf(error);
  }
}

/** The version in package.json, the nearest above: sources and what was built from them lie at different depths. */
function ownVersion(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, "package.json");
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  }
}

/** What was thrown because of a Ctrl-C is told as one, unless the command had more to say about it. */
function asInterruption(thrown: unknown): unknown {
  return thrown instanceof ToolError ? thrown : interruption("Interrupted.", { cause: thrown });
}
