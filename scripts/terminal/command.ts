/** What a command is: data that parsing, help and completion read, and a run that returns an exit code. */
import type { Writable } from "node:stream";
import type { ExitCode } from "../../lib/errors.ts";

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

/** One option or positional. */
export interface Option {
  /** A boolean is switched on by its name and off by `--no-<name>`; a string takes one value. */
  readonly type: "boolean" | "string";
  /** What it does, in the imperative; shown by `--help`. */
  readonly describe: string;
  /** What stands for the value in help, e.g. `file`. @default the choices, else `value` */
  readonly value?: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** The text that stands where the option is absent. */
  readonly default?: string;
  /** What help says about an absent option where no single text is its default. */
  readonly defaultText?: string;
  readonly required?: true;
  /** May be given several times, one value each: `run` gets a list. */
  readonly repeatable?: true;
  /** A boolean that is undefined, not false, where it is absent. */
  readonly unset?: true;
  /**
   * Turns the text of one value, or the default, into what `run` gets.
   * @throws {ToolError} saying what the option takes
   */
  readonly parse?: (text: string, flag: string) => unknown;
  /** Values that completion offers, beside the choices. */
  readonly candidates?: (context: Context) => Promise<readonly string[]>;
}

export type Options = Readonly<Record<string, Option>>;

type Single<O> = O extends { parse: (text: string, flag: string) => infer Value }
  ? Value
  : O extends { choices: readonly (infer Choice)[] }
    ? Choice
    : string;

type ValueOf<O> = O extends { type: "boolean" }
  ? O extends { unset: true }
    ? boolean | undefined
    : boolean
  : O extends { repeatable: true }
    ? readonly Single<O>[]
    : O extends { required: true } | { default: string }
      ? Single<O>
      : Single<O> | undefined;

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** What `run` gets of these options: their values, under their names in camelCase. */
export type ValuesOf<O extends Options> = {
  readonly [Name in keyof O & string as CamelCase<Name>]: ValueOf<O[Name]>;
};

/** Options that every command has. */
export const globalOptions = {
  json: { type: "boolean", describe: "Print one JSON document" },
} as const satisfies Options;

/** Pairs of command line and what it does, shown by `--help`; `$0` stands for the program. */
type Examples = readonly (readonly [line: string, meaning: string])[];

interface CommandDefinition<Positionals extends Options, Own extends Options> {
  /** One word. */
  readonly name: string;
  /** What it does, in the imperative and without a full stop. */
  readonly describe: string;
  readonly examples: Examples;
  /** In their order; the last may be repeatable. @default none */
  readonly positionals?: Positionals;
  /** @default none */
  readonly options?: Own;
  /** Options that exclude each other. */
  readonly conflicts?: readonly (readonly [keyof Own & string, keyof Own & string])[];
  run(
    values: ValuesOf<Positionals> & ValuesOf<Own> & ValuesOf<typeof globalOptions>,
    context: Context,
  ): Promise<ExitCode>;
}

/** A command whose options' types are forgotten; `parse.ts` makes what `run` gets from the same data. */
export interface Command {
  readonly name: string;
  readonly describe: string;
  readonly examples: Examples;
  readonly positionals?: Options;
  readonly options?: Options;
  readonly conflicts?: readonly (readonly [string, string])[];
  run(values: Readonly<Record<string, unknown>>, context: Context): Promise<ExitCode>;
}

/** A command that only holds others, such as `rotate`, or the program itself. */
export interface Group {
  readonly name: string;
  readonly describe: string;
  readonly examples: Examples;
  readonly commands: readonly (Command | Group)[];
  /** What runs where none of them is named. */
  readonly fallback?: Command;
  /** What is said where none of them is named and there is no fallback. @default "Name a command." */
  readonly demand?: string;
}

/** Declares one command. */
export function defineCommand<const Own extends Options, const Positionals extends Options>(
  definition: CommandDefinition<Positionals, Own>,
): Command {
  return definition;
}
