/** Where the project is: the folder that holds Pulumi.yaml, and what lies in it. */
import { existsSync } from "node:fs";
import path from "node:path";
import { usageError } from "./errors.ts";

/** The nearest folder, from `cwd` upwards, that holds a Pulumi.yaml. */
export function findProjectRoot(cwd: string): string {
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "Pulumi.yaml"))) return folder;
    if (path.dirname(folder) === folder) break;
  }
  throw usageError(
    `No Pulumi.yaml in ${cwd} or above it.`,
    "Run timesheets inside the checkout that holds your access model.",
  );
}

/** The access model: `infra/access.yaml`, or what TIMESHEETS_ACCESS_MODEL names. */
export function accessModelFile(root: string, env: Readonly<NodeJS.ProcessEnv>): string {
  return path.resolve(root, env.TIMESHEETS_ACCESS_MODEL || "infra/access.yaml");
}

/** The stack's own settings, `Pulumi.<stack>.yaml` beside Pulumi.yaml; it need not exist. */
export function stackFile(root: string, stack: string): string {
  return path.join(root, `Pulumi.${stackName(stack)}.yaml`);
}

/** `organization/project/dev` and `dev` share one settings file. */
function stackName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}
