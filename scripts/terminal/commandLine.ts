/** Runs a list of commands: parses, and is the one place where a failure becomes an exit code. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import yargs from "yargs";
import { type ExitCode, exitCodeOf, exitCodes, interruption, ToolError } from "../../lib/errors.ts";
import type { CommandFactory, Context } from "./command.ts";
import { errorDocument, errorText, painter, printJson, say } from "./output.ts";
import { failureOf } from "./usage.ts";

/** A command line: its name, and what it can do. */
export interface Program {
  readonly name: string;
  /** One sentence, shown by `--help`. */
  readonly summary: string;
  /** As yargs wants it, e.g. `$0 <command>`. */
  readonly usage: string;
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly commands: readonly CommandFactory[];
}

/** Runs one command line and returns its exit code; nothing is thrown, nothing exits. */
export async function runCommandLine(
  program: Program,
  argv: readonly string[],
  context: Context,
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const finish = (result: ExitCode) => {
    code = result;
  };
  const { name } = program;
  // yargs drops a lone `-` from a list of positionals.
  const words = argv.map((word) => (word === "-" ? "/dev/stdin" : word));
  const parser = yargs(words)
    .scriptName(name)
    .usage(`${program.usage}\n\n${program.summary}`)
    .epilogue(`\`${name} <command> --help\` shows a command's options, with examples.`)
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
      throw failureOf(message, error, name);
    });
  for (const [line, meaning] of program.examples) parser.example(line, meaning);
  for (const command of program.commands) parser.command(command(context, finish, name));
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
