/** From a tree to a model: shape, references and key files, going on with the sound entries where others are broken. */
import type { SoundEntries } from "../accessModel.ts";
import type { Path, Problem } from "./problem.ts";
import { showPath } from "./problem.ts";
import { type PublicKey, readPublicKey } from "./publicKeys.ts";
import { type Entries, type Locate, referenceProblems } from "./references.ts";
import { accessModelSchema, entrySchemas } from "./schema.ts";
import { plainValue, type Tree } from "./source.ts";
import { translate } from "./translate.ts";

/**
 * The entries that are sound by themselves; together they are the model only if `problems` stays empty.
 * Key files are looked up from `folder`.
 */
export function validate(tree: Tree, folder: string, locate: Locate, problems: Problem[]): SoundEntries {
  const value = plainValue(tree);
  const result = accessModelSchema.safeParse(value);
  if (!result.success) problems.push(...unlessTold(translate(result.error.issues, value, tree), problems));
  const entries: Entries = result.success
    ? { ...result.data, known: knownOf(result.data) }
    : soundEntries(isRecord(value) ? value : {});
  problems.push(...unlessTold(referenceProblems(entries, locate), problems));
  const applications = mapValues(entries.applications, ({ publicKeys, ...fields }, key) => {
    const where = ["applications", key, "publicKeys"];
    const keys = publicKeys && readKeys(publicKeys, folder, where, locate, problems);
    return { key, ...fields, ...(keys && { publicKeys: keys }) };
  });
  return {
    apis: mapValues(entries.apis, (fields, key) => ({ key, ...fields })),
    applications,
    protectedStacks: result.success ? result.data.protectedStacks : [],
    exceptions: [...entries.exceptions],
  };
}

/** A place that reading already objected to (a secret, a forbidden key) is not objected to twice. */
function unlessTold(found: readonly Problem[], told: readonly Problem[]): Problem[] {
  const place = ({ file, line, column }: Problem) => `${file}:${line}:${column}`;
  const places = new Set(told.map(place));
  return found.filter((problem) => !places.has(place(problem)));
}

function soundEntries(value: Record<string, unknown>): Entries {
  const apis = isRecord(value.apis) ? value.apis : {};
  const applications = isRecord(value.applications) ? value.applications : {};
  return {
    apis: sound(apis, (entry) => entrySchemas.apis.safeParse(entry).data),
    applications: sound(applications, (entry) => entrySchemas.applications.safeParse(entry).data),
    exceptions: (Array.isArray(value.exceptions) ? value.exceptions : []).map(
      (entry) => entrySchemas.exceptions.safeParse(entry).data,
    ),
    known: knownOf({ apis, applications }),
  };
}

function knownOf(model: { apis: object; applications: object }): Entries["known"] {
  return { apis: Object.keys(model.apis), applications: Object.keys(model.applications) };
}

function sound<Fields>(
  entries: Record<string, unknown>,
  parse: (entry: unknown) => Fields | undefined,
): Record<string, Fields> {
  const result: Record<string, Fields> = {};
  for (const [key, entry] of Object.entries(entries)) {
    const fields = parse(entry);
    if (fields !== undefined) result[key] = fields;
  }
  return result;
}

function readKeys(
  files: readonly string[],
  folder: string,
  where: Path,
  locate: Locate,
  problems: Problem[],
): PublicKey[] {
  const keys: PublicKey[] = [];
  for (const [index, file] of files.entries()) {
    const key = readPublicKey(file, folder);
    const told = { ...locate([...where, index]), path: showPath([...where, index]) };
    if ("message" in key) problems.push({ ...told, ...key });
    else if (keys.some(({ keyId }) => keyId === key.keyId)) {
      problems.push({
        ...told,
        message: "this is the same key as the one above",
        fix: "Remove one of the two.",
      });
    } else keys.push(key);
  }
  return keys;
}

function mapValues<From, To>(
  record: Record<string, From>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
