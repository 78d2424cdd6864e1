/** What a command is: its yargs declaration, its examples, and a run that returns an exit code. */
import type { Writable } from "node:stream";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import type { ExitCode } from "../../lib/errors.ts";
import { type DeclaredOptions, failureOf, refuseStrangeValues, refuseUnknownOptions } from "./usage.ts";

/** Everything a command may touch of the outside; tests pass their own. */
export interface Context {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The checkout or working folder that relative paths start from. */
  readonly cwd: string;
  /** Data goes here. */
  readonly stdout: Writable;
  /** Prose goes here. */
  readonly stderr: Writable;
  readonly stdin: NodeJS.ReadableStream;
  /** Aborted by Ctrl-C or a polite stop. */
  readonly signal: AbortSignal;
}

export interface GlobalOptions {
  /** One JSON document on stdout instead of text. */
  json: boolean;
}

export interface CommandDefinition<Options> {
  /** As yargs wants it, e.g. `import <files..>`; with `$0` as a second name, the default of its group. */
  command: string | readonly string[];
  describe: string;
  /** Pairs of command line and what it does, shown by `--help`. */
  examples: readonly (readonly [line: string, meaning: string])[];
  options(yargs: Argv<GlobalOptions>): Argv<Options>;
  run(options: ArgumentsCamelCase<Options & GlobalOptions>, context: Context): Promise<ExitCode>;
}

/** Turns a definition into the yargs module that a command line lists. @param group What stands above it, e.g. `auth0-m2m rotate`. */
export type CommandFactory = (
  context: Context,
  finish: (code: ExitCode) => void,
  group: string,
) => CommandModule<GlobalOptions>;

/** Declares one command; its module stays free of yargs' handler conventions. */
export function defineCommand<Options>(definition: CommandDefinition<Options>): CommandFactory {
  return (context, finish, group) => {
    const path = pathOf(definition.command, group);
    let declared: DeclaredOptions;
    return {
      command: definition.command,
      describe: definition.describe,
      builder: (yargs) => {
        let built = definition.options(yargs.version(false));
        for (const [line, meaning] of definition.examples) built = built.example(line, meaning);
        // Public in yargs, and missing from its types.
        declared = (built as unknown as { getOptions(): DeclaredOptions }).getOptions();
        return built
          .middleware((given) => refuseUnknownOptions(given, declared, path), true)
          .fail((message, error) => {
            throw failureOf(message, error, path);
          }) as unknown as Argv<GlobalOptions>;
      },
      handler: async (args) => {
        refuseStrangeValues(args, declared);
        // yargs types a handler's arguments by its builder, which the array of commands erases.
        finish(await definition.run(args as unknown as ArgumentsCamelCase<Options & GlobalOptions>, context));
      },
    };
  };
}

export interface GroupDefinition {
  command: string;
  describe: string;
  /** What is said where no subcommand is named; absent where one of them is the default (`$0`). */
  demand?: string;
  examples: readonly (readonly [line: string, meaning: string])[];
  commands: readonly CommandFactory[];
}

/** Declares a command that only holds others, such as `rotate`. */
export function defineGroup(definition: GroupDefinition): CommandFactory {
  return (context, finish, above) => ({
    command: definition.command,
    describe: definition.describe,
    builder: (yargs) => {
      yargs.version(false);
      for (const [line, meaning] of definition.examples) yargs.example(line, meaning);
      for (const command of definition.commands)
        yargs.command(command(context, finish, `${above} ${definition.command}`));
      if (definition.demand !== undefined) yargs.demandCommand(1, definition.demand);
      return yargs.fail((message, error) => {
        throw failureOf(message, error, `${above} ${definition.command}`);
      });
    },
    // Never reached: a subcommand is demanded, or one is the default.
    handler: () => {},
  });
}

/** `auth0-m2m rotate secret` of `secret`; of a default command, what stands above it. */
function pathOf(command: string | readonly string[], group: string): string {
  if (typeof command !== "string" && command.includes("$0")) return group;
  const [word = ""] = (typeof command === "string" ? command : (command[0] ?? "")).split(" ");
  return `${group} ${word}`;
}
