/** Where the project is: the folder that holds Pulumi.yaml, and what lies in it. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { AccessModelSource } from "../../infra/accessModel.ts";
import { stackFile } from "../../infra/stackSettings.ts";
import { usageError } from "../../lib/errors.ts";

export { stackFile } from "../../infra/stackSettings.ts";

/** The nearest folder, from `cwd` upwards, that holds a Pulumi.yaml. */
export function findProjectRoot(cwd: string): string {
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "Pulumi.yaml"))) return folder;
    if (path.dirname(folder) === folder) break;
  }
  throw usageError(
    `No Pulumi.yaml in ${cwd} or above it.`,
    "Run this inside the checkout that holds your access model.",
  );
}

/**
 * The project's name, as Pulumi.yaml gives it: config keys and URNs start with it.
 * @throws {ToolError} exit 2 where the file gives none
 */
export function projectName(root: string): string {
  const file = path.join(root, "Pulumi.yaml");
  // By hand, since every command loads this module, and Pulumi allows nothing in a name that YAML would escape.
  const [, , name] = /^name:[ \t]*(["']?)([\w.-]+)\1[ \t]*(#.*)?\r?$/m.exec(readFileSync(file, "utf8")) ?? [];
  if (name !== undefined) return name;
  throw usageError(
    `${file} gives the project no name.`,
    "Pulumi's projects start with a line such as `name: access`.",
  );
}

/** The access model: `infra/access.yaml`, or what M2M_ACCESS_MODEL names. */
export function accessModelFile(root: string, env: Readonly<NodeJS.ProcessEnv>): string {
  return path.resolve(root, env.M2M_ACCESS_MODEL || "infra/access.yaml");
}

/** Where the model of a stack is read from; without a stack, of one without overrides. */
export function accessModelSource(
  root: string,
  env: Readonly<NodeJS.ProcessEnv>,
  stack?: string,
): AccessModelSource {
  const overrides =
    stack === undefined ? {} : { stack, project: projectName(root), stackFile: stackFile(root, stack) };
  return { root, file: accessModelFile(root, env), env, ...overrides };
}
