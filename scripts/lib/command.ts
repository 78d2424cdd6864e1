/** What a command is: its yargs declaration, its examples, and a run that returns an exit code. */
import type { Writable } from "node:stream";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import type { ExitCode } from "./errors.ts";

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
  /** As yargs wants it, e.g. `import <files..>`. */
  command: string;
  describe: string;
  /** Pairs of command line and what it does, shown by `--help`. */
  examples: readonly (readonly [line: string, meaning: string])[];
  options(yargs: Argv<GlobalOptions>): Argv<Options>;
  run(options: ArgumentsCamelCase<Options & GlobalOptions>, context: Context): Promise<ExitCode>;
}

/** Turns a definition into the yargs module that `scripts/cli.ts` lists. */
export type CommandFactory = (
  context: Context,
  finish: (code: ExitCode) => void,
) => CommandModule<GlobalOptions>;

/** Declares one command; its module stays free of yargs' handler conventions. */
export function defineCommand<Options>(definition: CommandDefinition<Options>): CommandFactory {
  return (context, finish) => ({
    command: definition.command,
    describe: definition.describe,
    builder: (yargs) => {
      let built = definition.options(yargs);
      for (const [line, meaning] of definition.examples) built = built.example(line, meaning);
      return built as unknown as Argv<GlobalOptions>;
    },
    handler: async (args) => {
      // yargs types a handler's arguments by its builder, which the array of commands erases.
      finish(await definition.run(args as unknown as ArgumentsCamelCase<Options & GlobalOptions>, context));
    },
  });
}
