/** Where commands keep what belongs to one stack on this machine alone: inside `.auth0-m2m`, which is never committed. */
import path from "node:path";
import type { Stack } from "./stack.ts";

export function stackFolder(stack: Pick<Stack, "local" | "root" | "name">): string {
  return (
    stack.local?.dataDir ?? path.join(stack.root, ".auth0-m2m", "stacks", stack.name.replaceAll("/", "."))
  );
}
