/** Refuses an engine in the cache that another user of the machine could have put or changed there. */
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { exitCodes, ToolError } from "../lib/errors.ts";
import { languageHostFiles } from "./installLanguageHost.ts";
import type { EnginePaths } from "./paths.ts";

/**
 * Checks owner and mode of every folder and file of the cache that is about to be run or filled; what is not there passes.
 * @throws {ToolError} `engine_not_trusted`, exit 2, naming each that is another user's or that others may write to
 */
export function assertOwnEngine(paths: EnginePaths): void {
  // Windows keeps other people out by its own lists, which Node does not show.
  if (process.getuid === undefined) return;
  const bin = path.dirname(paths.command);
  const places = [
    paths.pulumiHome,
    paths.versions,
    paths.root,
    bin,
    ...entriesOf(bin),
    ...languageHostFiles(paths.root),
  ];
  const problems = places.flatMap((place) => {
    const problem = problemWith(place);
    return problem === undefined ? [] : [`${place} ${problem}`];
  });
  if (problems.length === 0) return;
  throw new ToolError("engine_not_trusted", `The Pulumi engine is not run: ${problems.join("; ")}.`, {
    exitCode: exitCodes.usage,
    hint:
      `Others could have changed it. Remove ${paths.root}, take the rights away (chmod -R go-w ${paths.versions}; chmod go-w ` +
      `${paths.pulumiHome}), and run this again: it gets the engine anew.`,
  });
}

function problemWith(place: string): string | undefined {
  const status = statSync(place, { throwIfNoEntry: false });
  if (!status) return undefined;
  const own = process.getuid?.();
  if (status.uid !== own && status.uid !== 0) return "belongs to another user";
  // Where each user has a group of his own, as on Ubuntu, that group's right to write lets nobody in.
  const hasOwnGroup = status.gid === own;
  const forbidden = hasOwnGroup ? 0o002 : 0o022;
  return (status.mode & forbidden) === 0 ? undefined : "can be written to by others";
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}
