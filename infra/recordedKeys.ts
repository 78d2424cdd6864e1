/** What bootstrap has recorded of a stack, and the renames of keys that the model does not speak of. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import type { AccessModel } from "./accessModel.ts";

const section = z.record(z.string(), z.string()).catch({});
const none = { apis: {}, applications: {} };

/** Key -> id, and key -> the API's identifier or the application's name as it was then. */
const recordedSchema = z.object({
  apis: section.default({}),
  applications: section.default({}),
  names: z
    .object({ apis: section.default({}), applications: section.default({}) })
    .catch(none)
    .default(none),
});

type Recorded = z.infer<typeof recordedSchema>;

/** @param found As it stands under `<project>:ids`; nothing is recorded where it is of another shape. */
export function recordedOf(found: unknown): Recorded {
  return recordedSchema.catch({ ...none, names: none }).parse(found ?? {});
}

/** The ids of the local stack, which are kept beside its tenant's data, so that no file of the project changes. */
export function localIds(project: string, env: Readonly<NodeJS.ProcessEnv>): unknown {
  if (!env.M2M_LOCAL_DATA) return undefined;
  try {
    const settings = parse(readFileSync(path.join(env.M2M_LOCAL_DATA, "ids.yaml"), "utf8"));
    return settings?.config?.[`${project}:ids`];
  } catch {
    return undefined;
  }
}

/**
 * One sentence for each recorded key that the model has dropped while it has a new one for what may be the same object:
 * the engine would delete the live object and make another. Where no name was recorded, every new key may be it.
 */
export function unspokenRenames(
  { apis, applications, foreignApplications }: AccessModel,
  recorded: Recorded,
): string[] {
  const kept = Object.keys(foreignApplications);
  return [
    ...renamesIn("apis", apis, recorded, ({ identifier }) => [identifier]),
    ...renamesIn("applications", applications, recorded, ({ name, adopts }) => [name, adopts], kept),
  ];
}

/** Key -> client id of the applications of others, as bootstrap found them by the names that they have in the model. */
export function recordedClientIds(
  { foreignApplications }: Pick<AccessModel, "foreignApplications">,
  { applications, names }: Pick<Recorded, "applications" | "names">,
): Record<string, string> {
  return Object.fromEntries(
    Object.values(foreignApplications).flatMap(({ key, name }) => {
      const id = Object.hasOwn(applications, key) ? applications[key] : undefined;
      return id !== undefined && name !== undefined && names.applications[key] === name ? [[key, id]] : [];
    }),
  );
}

function renamesIn<Entry extends { readonly formerly?: readonly string[] | undefined }>(
  section: "apis" | "applications",
  entries: Readonly<Record<string, Entry>>,
  recorded: Recorded,
  namesOf: (entry: Entry) => readonly (string | undefined)[],
  kept: readonly string[] = [],
): string[] {
  const ids = recorded[section];
  const present = Object.entries(entries).flatMap(([key, { formerly = [] }]) => [key, ...formerly]);
  const known = new Set([...present, ...kept]);
  const added = Object.entries(entries).filter(
    ([key, { formerly = [] }]) => ![key, ...formerly].some((one) => Object.hasOwn(ids, one)),
  );
  return Object.keys(ids)
    .filter((key) => !known.has(key))
    .flatMap((key) => {
      const name = recorded.names[section][key];
      const same = added.find(([, entry]) => name === undefined || namesOf(entry).includes(name));
      return same === undefined
        ? []
        : [
            `${section}.${key} is gone and ${section}.${same[0]} is new. If it is the same object, write under ${section}.${same[0]}:\n` +
              `    formerly: [${key}]`,
          ];
    });
}
