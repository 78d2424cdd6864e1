/** Where Pulumi keeps a stack's settings. */
import path from "node:path";

/** The last part of a stack's name: `dev` of `organization/project/dev`. */
export function stackBaseName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

/** `Pulumi.<stack>.yaml`, which `organization/project/dev` and `dev` share; it need not exist. @param root The folder of Pulumi.yaml. */
export function stackFile(root: string, stack: string): string {
  return path.join(root, `Pulumi.${stackBaseName(stack)}.yaml`);
}
