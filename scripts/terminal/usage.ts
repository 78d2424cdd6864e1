/** What is said about a command line that cannot be run: yargs' messages in our words, and misspelt options. */
import { closest } from "../../infra/model/suggest.ts";
import { usageError } from "../../lib/errors.ts";

/** The options that a command declares, as yargs keeps them. */
export interface DeclaredOptions {
  readonly key: Readonly<Record<string, unknown>>;
  readonly array: readonly string[];
  readonly number: readonly string[];
}

/** What the fail handler of yargs is given, in our words; an error that is not its own is passed on. @param path The command, e.g. `auth0-m2m rotate secret`; the program alone before one is known. */
export function failureOf(said: string, error: Error | undefined, path: string): Error {
  if (error && error.name !== "YError") return error;
  const message = said || (error?.message ?? "");
  const help = `See \`${path} --help\`.`;
  const known = path.includes(" ");
  const missing = /^Missing required arguments?: (.+)$/.exec(message)?.[1];
  if (missing !== undefined) {
    const options = missing.split(", ").map((name) => `--${name}`);
    return usageError(`${options.join(" and ")} ${options.length === 1 ? "is" : "are"} needed.`, help);
  }
  const unknown = /^Unknown (?:argument|command)s?: (.+)$/.exec(message)?.[1];
  if (unknown !== undefined) {
    return usageError(
      known ? `Not understood: ${unknown}.` : `There is no command ${unknown}.`,
      known ? help : `${help.slice(0, -1)} for those there are.`,
    );
  }
  const choices = [...message.matchAll(/Argument: (.+), Given: (.+), Choices: (.+)/g)];
  if (choices.length > 0) {
    return usageError(
      choices
        .map(([, name, given, known]) => `--${name} takes ${known?.replaceAll('"', "")}, not ${given}.`)
        .join("\n"),
      help,
    );
  }
  const bare = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (bare !== undefined) return usageError(`--${bare} needs a value.`, help);
  const pair = /^Arguments (.+) and (.+) are mutually exclusive$/.exec(message);
  if (pair) return usageError(`--${pair[1]} and --${pair[2]} exclude each other.`, "Leave one of them out.");
  if (message.startsWith("Not enough non-option arguments")) return usageError("A file is needed.", help);
  return usageError(message, help);
}

/**
 * Refuses options that the command does not have, before yargs complains of what is missing in their place.
 * @throws {ToolError} exit 2, with the option that was probably meant
 */
export function refuseUnknownOptions(
  given: Readonly<Record<string, unknown>>,
  declared: DeclaredOptions,
  path: string,
): void {
  const known = Object.keys(declared.key).filter((name) => name !== "version");
  const camelCase = new Set(
    [...known, ...Object.keys(given)].filter((name) => name.includes("-")).map(camel),
  );
  const unknown = Object.keys(given).filter(
    (name) => name !== "_" && name !== "$0" && !known.includes(name) && !camelCase.has(name),
  );
  if (unknown.length === 0) return;
  const [first = ""] = unknown;
  const near = closest(first.replaceAll("_", "-"), known);
  const meant = near === undefined ? "" : `Did you mean --${near}? `;
  throw usageError(
    `\`${path}\` has no option ${unknown.map((name) => (name.length === 1 ? `-${name}` : `--${name}`)).join(" or ")}.`,
    `${meant}See \`${path} --help\`.`,
  );
}

/**
 * Refuses a number that is none, and an option that was repeated though it takes one value: yargs lets both pass.
 * @throws {ToolError} exit 2
 */
export function refuseStrangeValues(
  given: Readonly<Record<string, unknown>>,
  declared: DeclaredOptions,
): void {
  for (const name of Object.keys(declared.key)) {
    const value = given[name];
    if (Array.isArray(value) && !declared.array.includes(name)) {
      throw usageError(`--${name} was given more than once.`, "It takes one value.");
    }
    if (declared.number.includes(name) && Number.isNaN(value)) throw usageError(`--${name} takes a number.`);
  }
}

const camel = (name: string) => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
