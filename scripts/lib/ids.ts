/** The ids that `bootstrap` found or made, kept under `timesheets:ids` so that other commands need no engine. */
import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { z } from "zod";
import { usageError } from "./errors.ts";
import { writeWhole } from "./files.ts";
import type { Stack } from "./stack.ts";

const idsSchema = z.object({
  /** API key -> id of the resource server. */
  apis: z.record(z.string(), z.string()).default({}),
  /** Application key -> client id. */
  applications: z.record(z.string(), z.string()).default({}),
  /** `<application key>/<API key>` -> id of the client grant. */
  grants: z.record(z.string(), z.string()).default({}),
});

export type Ids = z.infer<typeof idsSchema>;

export const noIds: Ids = { apis: {}, applications: {}, grants: {} };

const path = ["config", "timesheets:ids"];

/** The recorded ids; empty where nothing was recorded yet. */
export async function readIds(stack: Pick<Stack, "idsFile">): Promise<Ids> {
  const document = parseDocument(await textOf(stack.idsFile));
  const parsed = idsSchema.safeParse(document.toJS()?.config?.["timesheets:ids"] ?? {});
  if (parsed.success && document.errors.length === 0) return parsed.data;
  throw usageError(
    `${stack.idsFile}: timesheets:ids is not what bootstrap writes.`,
    "Remove it and run bootstrap.",
  );
}

/** Records ids, leaving the rest of the file and its comments as they are; returns whether anything changed. */
export async function recordIds(stack: Pick<Stack, "idsFile">, ids: Ids): Promise<boolean> {
  const text = await textOf(stack.idsFile);
  const document = parseDocument(text);
  if (JSON.stringify(document.toJS()?.config?.["timesheets:ids"]) === JSON.stringify(ids)) return false;
  document.setIn(path, document.createNode(ids));
  await writeWhole(stack.idsFile, document.toString());
  return true;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
