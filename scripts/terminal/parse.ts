/** Reads the words of a command line by a command's declaration; reports everything that is wrong with them at once. */
import { parseArgs } from "node:util";
import { closest } from "../../infra/model/suggest.ts";
import { ToolError, usageError } from "../../lib/errors.ts";
import { type Command, globalOptions, type Option, type Options } from "./command.ts";

interface Problem {
  readonly message: string;
  /** Sentences on what to do. @default where the help is */
  readonly hints?: readonly string[];
}

/** What was typed, before anything is judged. */
interface Words {
  /** Each option's values as they came; undefined where a value is missing. */
  readonly given: Map<string, (string | boolean | undefined)[]>;
  readonly unknown: string[];
  readonly positionals: string[];
}

/**
 * The values for `run`.
 * @param path The command as it was typed, e.g. `auth0-m2m rotate secret`.
 * @param others Names of commands that may have been meant by a word that is understood nowhere.
 * @throws {ToolError} exit 2 with every problem of the command line
 */
export function parseWords(
  command: Command,
  words: readonly string[],
  path: string,
  others: readonly string[] = [],
): Record<string, unknown> {
  const options: Options = { ...command.options, ...globalOptions };
  const { given, unknown, positionals } = sortWords(
    words,
    options,
    Object.keys(command.positionals ?? {}).length > 0,
  );
  const problems: Problem[] = [];
  if (unknown.length > 0) problems.push(unknownOptions(unknown, Object.keys(options), path));
  const values: Record<string, unknown> = {};
  const missing: string[] = [];
  const read = (
    name: string,
    option: Option,
    texts: readonly (string | boolean | undefined)[],
    flag: string,
  ) => {
    if (texts.length === 0 && option.required)
      missing.push(flag.startsWith("--") ? flag : `a ${option.value ?? name}`);
    values[camelCase(name)] = readValue(option, texts, flag, problems);
  };
  for (const [name, option] of Object.entries(options))
    read(name, option, given.get(name) ?? [], `--${name}`);
  for (const [name, option] of Object.entries(command.positionals ?? {})) {
    read(name, option, positionals.splice(0, option.repeatable ? positionals.length : 1), `<${name}>`);
  }
  if (positionals.length > 0) problems.push(strays(positionals, others));
  for (const [one, other] of command.conflicts ?? []) {
    if (given.has(one) && given.has(other)) {
      problems.push({
        message: `--${one} and --${other} exclude each other.`,
        hints: ["Leave one of them out."],
      });
    }
  }
  // What is missing may be what was misspelt.
  if (missing.length > 0 && unknown.length === 0) problems.push(isMissing(missing));
  if (problems.length > 0) throw asUsageError(problems, path);
  return values;
}

/** @param takesPositionals Where the command takes none, the word after an unknown option is that option's value. */
function sortWords(words: readonly string[], options: Options, takesPositionals: boolean): Words {
  const sorted: Words = { given: new Map(), unknown: [], positionals: [] };
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }])),
    strict: false,
    tokens: true,
    allowNegative: true,
  });
  let valueOfUnknown = -1;
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (token.index !== valueOfUnknown) sorted.positionals.push(token.value);
    } else if (token.kind === "option") {
      const { name, rawName, value, inlineValue, index } = token;
      const option = rawName.startsWith("--") ? own(options, name) : undefined;
      if (option) {
        sorted.given.set(name, [...(sorted.given.get(name) ?? []), valueIn(option, token)]);
      } else {
        if (!sorted.unknown.includes(rawName)) sorted.unknown.push(rawName);
        if (!takesPositionals && value === undefined && !inlineValue) valueOfUnknown = index + 1;
      }
    }
  }
  return sorted;
}

/** What was typed for an option; undefined where the value that it takes is missing. */
function valueIn(
  { type }: Option,
  {
    rawName,
    value,
    inlineValue,
  }: { rawName: string; value?: string | undefined; inlineValue?: boolean | undefined },
): string | boolean | undefined {
  if (type === "boolean") {
    return value === undefined
      ? !rawName.startsWith("--no-")
      : ({ true: true, false: false }[value] ?? value);
  }
  // The next word is taken whatever it is; `-` is standard input, and `-1` a number.
  return !inlineValue && value !== undefined && /^-[^\d.]/.test(value) ? undefined : value;
}

function own(options: Options, name: string): Option | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

/** One option's value from its texts; what is wrong with them is added to `problems`. */
function readValue(
  option: Option,
  texts: readonly (string | boolean | undefined)[],
  flag: string,
  problems: Problem[],
): unknown {
  if (texts.length > 1 && !option.repeatable) {
    problems.push({ message: `${flag} was given more than once.`, hints: ["It takes one value."] });
    return undefined;
  }
  if (option.type === "boolean") {
    const [value = option.unset ? undefined : false] = texts;
    if (typeof value === "string") problems.push({ message: `${flag} takes no value.` });
    return value;
  }
  const single = (text: string | boolean | undefined) => {
    if (typeof text !== "string" || (text === "" && !option.parse)) {
      problems.push({ message: `${flag} needs a value.` });
      return undefined;
    }
    if (option.choices && !option.choices.includes(text)) {
      problems.push({ message: `${flag} takes ${option.choices.join(", ")}, not ${JSON.stringify(text)}.` });
    }
    try {
      return option.parse ? option.parse(text, flag) : text;
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      problems.push({ message: error.message, ...(error.hint && { hints: [error.hint] }) });
      return undefined;
    }
  };
  if (option.repeatable) return texts.map(single);
  if (texts.length > 0) return single(texts[0]);
  return option.default === undefined ? undefined : single(option.default);
}

/** An error for options that a command, or the program before a command, does not have. */
export function refuseOptions(flags: readonly string[], known: readonly string[], path: string): ToolError {
  return asUsageError([unknownOptions(flags, known, path)], path);
}

function unknownOptions(flags: readonly string[], known: readonly string[], path: string): Problem {
  const near = flags.flatMap((flag) => {
    const match = closest(flag.replace(/^-+/, "").replaceAll("_", "-"), known);
    return match === undefined ? [] : [`--${match}`];
  });
  return {
    message: `\`${path}\` has no option ${flags.join(" or ")}.`,
    hints: [...didYouMean(near), helpOf(path)],
  };
}

function strays(words: readonly string[], commands: readonly string[]): Problem {
  const near = words.flatMap((word) => closest(word, commands) ?? []);
  return {
    message: `Not understood: ${words.join(" ")}.`,
    ...(near.length > 0 && { hints: didYouMean(near) }),
  };
}

function isMissing(flags: readonly string[]): Problem {
  const message = `${flags.join(" and ")} ${flags.length === 1 ? "is" : "are"} needed.`;
  return { message: message.replace(/^a /, "A ") };
}

/** An error for a word that names no command of a group. */
export function refuseCommand(word: string, known: readonly string[], path: string): ToolError {
  const near = closest(word, known);
  return usageError(
    `There is no command ${word}.`,
    [...didYouMean(near === undefined ? [] : [near]), helpOf(path)].join(" "),
  );
}

function didYouMean(words: readonly string[]): string[] {
  return words.length > 0 ? [`Did you mean ${[...new Set(words)].join(" and ")}?`] : [];
}

export function helpOf(path: string): string {
  return `See \`${path} --help\`.`;
}

function asUsageError(problems: readonly Problem[], path: string): ToolError {
  const hints = problems.flatMap((problem) => problem.hints ?? [helpOf(path)]);
  // Where the help is stands last, and no hint twice.
  const rest = new Set(hints.filter((hint) => hint !== helpOf(path)));
  const sentences = [...rest, ...(hints.includes(helpOf(path)) ? [helpOf(path)] : [])];
  return usageError(problems.map(({ message }) => message).join("\n"), sentences.join(" "));
}

function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
