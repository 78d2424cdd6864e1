/** Finds the command that the first words of a command line name. */
import { type Command, type Group, globalOptions } from "./command.ts";

export interface Located {
  /** The last group that was named, where no command of it was; its fallback is then `command`. */
  readonly group?: Group;
  readonly command?: Command;
  /** The groups and the command as they were typed, e.g. `["rotate", "secret"]`. */
  readonly names: readonly string[];
  /** The other words. */
  readonly rest: readonly string[];
}

const anywhere = new Set(["--help", "-h", ...Object.keys(globalOptions).map((name) => `--${name}`)]);

/** Names come first; only options that every command has may stand before them. */
export function locate(root: Group, words: readonly string[]): Located {
  let group = root;
  const names: string[] = [];
  let rest = [...words];
  for (;;) {
    const index = rest.findIndex((word) => !anywhere.has(word));
    const named = group.commands.find(({ name }) => name === rest[index]);
    if (!named) return { group, ...(group.fallback && { command: group.fallback }), names, rest };
    names.push(named.name);
    rest = rest.toSpliced(index, 1);
    if (!("commands" in named)) return { command: named, names, rest };
    group = named;
  }
}
