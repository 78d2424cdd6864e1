/** Renders the help of a command or a group from its declaration, at any width. */
import { type Command, type Group, globalOptions, type Option, type Options } from "./command.ts";
import { columnsOf, wrap } from "./wrap.ts";

export interface HelpTarget {
  /** The command; of a group its fallback, if any. */
  readonly command?: Command;
  readonly group?: Group;
  /** As it was typed, e.g. `auth0-m2m rotate`. */
  readonly path: string;
  readonly program: string;
  /** True for the program itself, which has `--version`. */
  readonly root: boolean;
}

type Row = readonly [left: string, right: string];

/** The whole help text. @param width Columns that lines are wrapped to; commands to copy stay whole. */
export function renderHelp({ command, group, path, program, root }: HelpTarget, width: number): string {
  const described = group ?? command;
  if (!described) return "";
  const examples = [...((group ?? command)?.examples ?? []), ...(group ? (command?.examples ?? []) : [])];
  const sections = [
    usage(path, command, group),
    wrap(`${described.describe}.`, width).join("\n"),
    ...section("Arguments:", positionalRows(command?.positionals ?? {}), width),
    ...section(
      "Commands:",
      (group?.commands ?? []).map((one) => [`${path} ${one.name}`, one.describe]),
      width,
    ),
    ...section("Options:", optionRows(command?.options ?? {}, root), width),
    ...(examples.length === 0 ? [] : [["Examples:", ...examples.flatMap(exampleLines)].join("\n")]),
    ...(group && !command
      ? [wrap(`\`${path} <command> --help\` shows a command's options, with examples.`, width).join("\n")]
      : []),
  ];
  return `${sections.join("\n\n")}\n`;

  function exampleLines([line, meaning]: Row): string[] {
    return [`  ${line.replaceAll("$0", program)}`, ...wrap(`      ${meaning}`, width)];
  }
}

function usage(path: string, command: Command | undefined, group: Group | undefined): string {
  if (!command) return `${path} <command>`;
  const required = Object.entries(command.options ?? {}).flatMap(([name, option]) =>
    option.required ? [`--${name} <${placeholder(option)}>`] : [],
  );
  const positionals = Object.entries(command.positionals ?? {}).map(([name, { repeatable, required }]) => {
    const text = repeatable ? `${name}...` : name;
    return required ? `<${text}>` : `[${text}]`;
  });
  const words = group && positionals.length === 0 ? ["[command]"] : positionals;
  return [path, ...words, ...required, "[options]"].join(" ");
}

function positionalRows(positionals: Options): Row[] {
  return Object.entries(positionals).map(([name, option]) => [name, describe(option)]);
}

function optionRows(options: Options, root: boolean): Row[] {
  const all: Options = { ...options, ...globalOptions };
  return [
    ...Object.entries(all).map(([name, option]): Row => {
      const value = option.type === "boolean" ? "" : ` <${placeholder(option)}>`;
      return [`--${name}${value}`, describe(option)];
    }),
    ["--help", "Show this help"],
    ...(root ? ([["--version", "Print the version"]] satisfies Row[]) : []),
  ];
}

function placeholder({ value, choices }: Option): string {
  return value ?? (choices ? "choice" : "value");
}

function describe(option: Option): string {
  const { choices, defaultText = option.default } = option;
  const notes = [
    ...(option.required ? ["required"] : []),
    ...(option.repeatable ? ["repeatable"] : []),
    ...(choices ? [`one of: ${choices.join(", ")}`] : []),
    ...(defaultText === undefined ? [] : [`default: ${defaultText}`]),
  ];
  return [option.describe, ...notes.map((note) => `[${note}]`)].join(" ");
}

/** Widest first column; a longer one pushes its own text to the right. */
const widestLeft = 32;
/** Where fewer columns than these are left, texts get lines of their own. */
const narrowestRight = 24;

function section(title: string, rows: readonly Row[], width: number): string[] {
  if (rows.length === 0) return [];
  const left = Math.min(widestLeft, Math.max(...rows.map(([text]) => columnsOf(text))));
  const column = left + 4;
  const lines = rows.flatMap(([text, right]) => {
    if (width - column < narrowestRight) return [`  ${text}`, ...wrap(`      ${right}`, width)];
    const start = `  ${text.padEnd(left)}  `;
    const [first = "", ...further] = wrap(right, width - column, 0);
    return [`${start}${first}`, ...further.map((line) => `${" ".repeat(column)}${line}`)];
  });
  return [[title, ...lines].join("\n")];
}
