/** The ids that `bootstrap` found or made, kept under `<project>:ids` so that other commands need no engine. */
import path from "node:path";
import { type Document, isMap, parseDocument } from "yaml";
import { z } from "zod";
import type { AccessModel } from "../../infra/accessModel.ts";
import { recordedClientIds } from "../../infra/recordedKeys.ts";
import { usageError } from "../../lib/errors.ts";
import { readIfPresent, writeWhole } from "../../lib/files.ts";
import { writeOwnFile } from "../../lib/ownFile.ts";
import type { Stack } from "./stack.ts";

const idsSchema = z.strictObject({
  /** API key -> id of the resource server. */
  apis: z.record(z.string(), z.string()).default({}),
  /** Application key -> client id. */
  applications: z.record(z.string(), z.string()).default({}),
  /** `<application key>/<API key>` -> id of the client grant. */
  grants: z.record(z.string(), z.string()).default({}),
  /** What the program goes by to see that a key was renamed: API key -> identifier, application key -> name. */
  names: z
    .strictObject({
      apis: z.record(z.string(), z.string()).default({}),
      applications: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  /** Ids of the APIs, the applications and the grants of others' applications that this tool made; it adopted the others. */
  created: z.array(z.string()).optional(),
});

export type Ids = z.infer<typeof idsSchema>;

export const noIds: Ids = { apis: {}, applications: {}, grants: {} };

/** The same under the model's keys: what was recorded under a former key belongs to the entry that names it. */
export function withFormerKeys(
  ids: Ids,
  { apis, applications }: Pick<AccessModel, "apis" | "applications">,
): Ids {
  return {
    ...ids,
    apis: underPresentKeys(ids.apis, apis),
    applications: underPresentKeys(ids.applications, applications),
  };
}

function underPresentKeys(
  ids: Readonly<Record<string, string>>,
  entries: Readonly<Record<string, { readonly formerly?: readonly string[] | undefined }>>,
): Record<string, string> {
  const present = { ...ids };
  for (const [key, { formerly = [] }] of Object.entries(entries)) {
    const former = formerly.find((one) => ids[one] !== undefined);
    if (former === undefined) continue;
    present[key] = ids[key] ?? ids[former] ?? "";
    delete present[former];
  }
  return present;
}

/** Key -> client id of the applications that others own, as far as the model or the record says it. */
export function foreignClientIds(
  model: Pick<AccessModel, "foreignApplications">,
  { applications, names = { apis: {}, applications: {} } }: Pick<Ids, "applications" | "names">,
): Record<string, string> {
  const chosen = Object.values(model.foreignApplications).flatMap(({ key, clientId }) =>
    clientId === undefined ? [] : [[key, clientId]],
  );
  return { ...recordedClientIds(model, { applications, names }), ...Object.fromEntries(chosen) };
}

/** Where the ids are recorded. */
type Place = Pick<Stack, "idsFile" | "project">;

/** Keys from the file's root. */
const sectionOf = ({ project }: Pick<Place, "project">) => ["config", `${project}:ids`] as const;

/**
 * The recorded ids; empty where nothing was recorded yet.
 * @throws {ToolError} exit 2 where something else is in their place
 */
export async function readIds(place: Place): Promise<Ids> {
  return idsIn((await open(place.idsFile)).document, place);
}

/**
 * Records ids (names and origins stay as they are where they are not given), leaving the rest of the file and its comments as they are; no ids take the section out again.
 * @returns whether anything changed
 * @throws {ToolError} exit 2, the file untouched, where it is not what Pulumi or bootstrap writes
 */
export async function recordIds(place: Place, ids: Ids): Promise<boolean> {
  const { document, text } = await open(place.idsFile);
  const recorded = idsIn(document, place);
  const section = sectionOf(place);
  if (isEmpty(ids)) forget(document, section);
  else {
    for (const part of ["apis", "applications", "grants"] as const) {
      for (const key of Object.keys(recorded[part])) {
        if (!(key in ids[part])) document.deleteIn([...section, part, key]);
      }
      for (const [key, id] of Object.entries(ids[part])) {
        if (recorded[part][key] !== id) document.setIn([...section, part, key], id);
      }
    }
    for (const part of ["names", "created"] as const) {
      const value = ids[part];
      if (value === undefined) continue;
      if (
        Object.values(value).flatMap((one) => (typeof one === "string" ? one : Object.keys(one))).length === 0
      ) {
        if (document.hasIn([...section, part])) document.deleteIn([...section, part]);
      } else if (JSON.stringify(recorded[part]) !== JSON.stringify(value)) {
        document.setIn([...section, part], document.createNode(value));
      }
    }
  }
  if (JSON.stringify(parseDocument(text).toJS()) === JSON.stringify(document.toJS())) return false;
  const changed = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  // A stack's settings are the project's, and shared; the local stack's ids are in our own folder.
  await (path.basename(place.idsFile) === "ids.yaml"
    ? writeOwnFile(place.idsFile, changed)
    : writeWhole(place.idsFile, changed));
  return true;
}

async function open(file: string): Promise<{ document: Document; text: string }> {
  const text = (await readIfPresent(file)) ?? "";
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw usageError(`${file} is not YAML: ${error.message.split("\n")[0]}`);
  const config = document.get("config", true);
  const foreign =
    (document.contents !== null && !isMap(document.contents)) ||
    (config !== undefined && !isMap(config) && document.get("config") !== null);
  if (foreign) throw usageError(`${file} is not a stack's settings file.`, "Its config must be a map.");
  return { document, text };
}

function idsIn(document: Document, place: Place): Ids {
  const [config, key] = sectionOf(place);
  const parsed = idsSchema.safeParse(document.toJS()?.[config]?.[key] ?? {});
  if (parsed.success) return parsed.data;
  throw usageError(
    `${place.idsFile}: ${key} is not what bootstrap writes.`,
    "If you do not need what is there, remove it and run bootstrap.",
  );
}

function forget(document: Document, section: ReturnType<typeof sectionOf>): void {
  if (!document.hasIn(section)) return;
  document.deleteIn(section);
  const config = document.get("config");
  if (isMap(config) && config.items.length === 0) document.delete("config");
}

function isEmpty(ids: Ids): boolean {
  return [ids.apis, ids.applications, ids.grants].every((part) => Object.keys(part).length === 0);
}
