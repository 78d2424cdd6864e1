/** Where the engine lives: the standard cache that Pulumi's npm wrapper and its Automation API look into as well. */
import { accessSync, constants, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { engineVersion } from "./version.ts";

export interface EnginePaths {
  /** `$PULUMI_HOME`, by default `~/.pulumi`. */
  readonly pulumiHome: string;
  /** `<pulumiHome>/versions`. */
  readonly versions: string;
  /** `<pulumiHome>/versions/<version>`: the root of this version's installation. */
  readonly root: string;
  /** The command line itself; that it exists means that the installation is complete. */
  readonly command: string;
}

/** Computes the places from the environment; nothing is read or made. */
export function enginePaths(env: Readonly<NodeJS.ProcessEnv>): EnginePaths {
  const pulumiHome = path.resolve(env.PULUMI_HOME || path.join(env.HOME || os.homedir(), ".pulumi"));
  const versions = path.join(pulumiHome, "versions");
  const root = path.join(versions, engineVersion);
  return { pulumiHome, versions, root, command: path.join(root, "bin", executable("pulumi")) };
}

/** A program's file name on this platform. */
export function executable(name: string): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}

/** True for a file that is not empty and may be executed. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    const stat = statSync(file);
    return stat.isFile() && stat.size > 0;
  } catch {
    return false;
  }
}
