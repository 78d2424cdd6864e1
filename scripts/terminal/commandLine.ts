/** Runs one command line of a program, and is the one place where a failure becomes an exit code. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { closest } from "../../infra/model/suggest.ts";
import {
  type ExitCode,
  endedBy,
  errorDocument,
  exitCodeOf,
  exitCodes,
  usageError,
} from "../../lib/errors.ts";
import { type Context, type Group, globalOptions } from "./command.ts";
import { candidates, completionCommand, completionRequest } from "./completion.ts";
import { renderHelp } from "./help.ts";
import { wantsJsonLines, writeFailure } from "./jsonLines.ts";
import { locate } from "./locate.ts";
import { errorText, painter, print, printJson, printRaw, say } from "./output.ts";
import { helpOf, parseWords, refuseCommand, refuseOptions } from "./parse.ts";
import { widthOf } from "./stream.ts";

/** Runs one command line and returns its exit code; nothing is thrown, nothing exits. */
export async function runCommandLine(
  program: Group,
  argv: readonly string[],
  surroundings: Context,
): Promise<ExitCode> {
  const context = { ...surroundings, env: trimmed(surroundings.env) };
  try {
    return await run(
      { ...program, commands: [...program.commands, completionCommand(program.name)] },
      argv,
      context,
    );
  } catch (thrown) {
    const error = endedBy(thrown, context.signal);
    if (argv.includes("--json")) printJson(context, errorDocument(error));
    if (wantsJsonLines(argv)) writeFailure(context, error);
    else if (!argv.includes("--json"))
      say(context, painter(context.stderr, context.env)("red", errorText(error)));
    return exitCodeOf(error);
  }
}

/** Files and secret stores end a value with a line break, which no value of Auth0's, and no name of a file, has. */
function trimmed(env: Context["env"]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      /^(AUTH0|M2M|TIMESHEETS)_/.test(name) ? value?.trim() : value,
    ]),
  );
}

async function run(program: Group, argv: readonly string[], context: Context): Promise<ExitCode> {
  if (argv[0] === completionRequest) {
    for (const word of await candidates(program, argv.slice(1), context)) print(context, word);
    return exitCodes.done;
  }
  const { group, command, names, rest } = locate(program, argv);
  const typed = [program.name, ...names].join(" ");
  const root = names.length === 0;
  const options = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : rest.length);
  const [unknown] = options;
  const isUnknown =
    group !== undefined && command === undefined && unknown !== undefined && !unknown.startsWith("-");
  if (!isUnknown && (options.includes("--help") || options.includes("-h"))) {
    const target = {
      ...(group && { group }),
      ...(command && { command }),
      path: typed,
      program: program.name,
      root,
    };
    printRaw(context, renderHelp(target, widthOf(context.stdout, context.env) ?? 80));
    return exitCodes.done;
  }
  if (root && options.includes("--version")) {
    print(context, ownVersion());
    return exitCodes.done;
  }
  const others = (group?.commands ?? []).map(({ name }) => name);
  if (command && command === group?.fallback) refuseMistyped(rest, others, typed, context.cwd);
  if (command) return command.run(parseWords(command, rest, typed, others), context);
  throw withoutCommand(rest, others, typed, group?.demand);
}

/** A command that takes over where none is named would look for a file `chek`. @throws {ToolError} exit 2 */
function refuseMistyped(
  [word]: readonly string[],
  known: readonly string[],
  typed: string,
  cwd: string,
): void {
  if (word === undefined || !/^[a-z]+$/i.test(word) || closest(word, known) === undefined) return;
  if (!existsSync(path.resolve(cwd, word))) throw refuseCommand(word, known, typed);
}

/** What to say where a group was named and none of its commands. */
function withoutCommand(
  rest: readonly string[],
  known: readonly string[],
  typed: string,
  demand = "Name a command.",
) {
  const flags = rest.filter((word) => word.startsWith("-"));
  const unknown = flags.filter((flag) => !Object.hasOwn(globalOptions, flag.replace(/^--/, "")));
  if (unknown.length > 0 && flags[0] === rest[0])
    return refuseOptions(unknown, Object.keys(globalOptions), typed);
  const word = rest.find((one) => !one.startsWith("-"));
  return word === undefined ? usageError(demand, helpOf(typed)) : refuseCommand(word, known, typed);
}

/** The version in package.json, the nearest above: sources and what was built from them lie at different depths. */
function ownVersion(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, "package.json");
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  }
}
