/** From a tree to a model: shape, references and key files, checking the sound parts where others are broken. */
import * as z from "zod";
import type { Locate, Parts, Written } from "./parts.ts";
import type { Path, Problem } from "./problem.ts";
import { showPath } from "./problem.ts";
import { applicationProperties } from "./properties/application.ts";
import { type PublicKey, readPublicKey } from "./publicKeys.ts";
import { referenceProblems } from "./references.ts";
import type { AccessModel, ForeignApi, SoundParts } from "./resolved.ts";
import { accessModelSchema, entrySchemas, isForeign } from "./schema.ts";
import { follow, translate } from "./translate.ts";
import { plainValue, type Tree } from "./tree.ts";

/** The model if its shape is right, and in any case its sound parts. Key files are looked up from `folder`. */
export function validate(
  tree: Tree,
  folder: string,
  locate: Locate,
  problems: Problem[],
): { model?: AccessModel; sound: SoundParts } {
  const value = plainValue(tree);
  const written: Written = (path) => follow(value, path);
  const result = accessModelSchema.safeParse(value);
  problems.push(...unauthenticated(value, locate));
  const issues = [...(result.error?.issues ?? []), ...noApis(value)];
  if (result.success && issues.length === 0) {
    const { apis, foreignApis, applications, ...rest } = result.data;
    const { ours, foreign } = byOwner(applications);
    const parts: Parts = {
      ...{ apis, foreignApis, applications: ours, foreignApplications: foreign },
      exceptions: rest.exceptions,
    };
    problems.push(...unlessReported(referenceProblems(parts, locate, written), problems));
    const model: AccessModel = {
      apis: mapValues(apis, (api, key) => ({ key, ...api })),
      foreignApis: mapValues(foreignApis, foreignApi),
      applications: mapValues(ours, ({ owner: _, publicKeys, ...application }, key) => {
        const where = ["applications", key, "publicKeys"];
        const wanted = application.authentication === "private_key_jwt" ? publicKeys : undefined;
        return {
          key,
          ...application,
          authentication: application.authentication ?? "client_secret_post",
          ...(wanted && { publicKeys: readKeys(wanted, folder, where, locate, problems) }),
        };
      }),
      foreignApplications: mapValues(foreign, ({ owner: _, ...application }, key) => ({
        key,
        ...application,
      })),
      ...rest,
    };
    return { model, sound: model };
  }
  problems.push(...unlessReported(translate(issues, value, tree), problems));
  const parts = soundParts(isRecord(value) ? value : {});
  problems.push(...unlessReported(referenceProblems(parts, locate, written), problems));
  return {
    sound: {
      apis: mapValues(parts.apis, (api, key) => ({ key, ...api })),
      foreignApis: mapValues(parts.foreignApis, foreignApi),
      applications: mapValues(
        parts.applications,
        ({ publicKeys: _, authentication, ...application }, key) => ({
          key,
          ...application,
          ...(authentication && { authentication }),
        }),
      ),
      foreignApplications: mapValues(parts.foreignApplications, (application, key) => ({
        key,
        ...application,
      })),
      protectedStacks: [],
      exceptions: [...parts.exceptions],
    },
  };
}

/** A model needs an API of one kind. */
function noApis(value: unknown): z.core.$ZodIssue[] {
  if (!isRecord(value) || "apis" in value || "foreignApis" in value) return [];
  return [{ code: "invalid_type", expected: "record", path: ["apis"], message: "a map", input: undefined }];
}

function foreignApi(identifier: string, key: string): ForeignApi {
  return identifier === "management" ? { key, management: true } : { key, identifier, management: false };
}

/** Applications that do not say how they prove who they are, although nobody else decides it. */
function unauthenticated(value: unknown, locate: Locate): Problem[] {
  const applications = isRecord(value) && isRecord(value.applications) ? value.applications : {};
  return Object.entries(records(applications)).flatMap(([key, entry]) => {
    if (isForeign(entry) || Object.hasOwn(entry, "authentication")) return [];
    if (entry.credentials === "elsewhere") return [];
    const where = ["applications", key, "authentication"];
    const { fix } = applicationProperties.authentication;
    return [{ ...locate(where), path: showPath(where), message: "this is missing", fix }];
  });
}

/** A place that was objected to already (a secret, a forbidden key) is not objected to twice. */
function unlessReported(found: readonly Problem[], reported: readonly Problem[]): Problem[] {
  const place = ({ file, line, column }: Problem) => `${file}:${line}:${column}`;
  const places = new Set(reported.map(place));
  return found.filter((problem) => !places.has(place(problem)));
}

type Entry = z.output<typeof accessModelSchema>["applications"][string];

function byOwner(applications: Record<string, Entry>) {
  const ours: Record<string, Exclude<Entry, { owner: "elsewhere" }>> = {};
  const foreign: Record<string, Extract<Entry, { owner: "elsewhere" }>> = {};
  for (const [key, application] of Object.entries(applications)) {
    if (application.owner === "elsewhere") foreign[key] = application;
    else ours[key] = application;
  }
  return { ours, foreign };
}

function soundParts({ apis, foreignApis, applications, exceptions }: Record<string, unknown>): Parts {
  const entries = Object.entries(records(applications));
  const owned = (elsewhere: boolean) =>
    Object.fromEntries(entries.filter(([, entry]) => isForeign(entry) === elsewhere));
  return {
    apis: mapValues(records(apis), (entry) => {
      const { scopes: _, ...fields } = soundFields(entrySchemas.apis, entry);
      const scopes = grantableScopes(entry);
      return { ...fields, ...(scopes && { scopes }) };
    }),
    foreignApis: Object.fromEntries(
      Object.entries(isRecord(foreignApis) ? foreignApis : {}).map(([key, identifier]) => [
        key,
        String(identifier),
      ]),
    ),
    applications: mapValues(owned(false), (entry) => ({
      ...(Object.hasOwn(entry, "publicKeys") && { publicKeys: [] }),
      ...soundFields(entrySchemas.applications, entry),
    })),
    foreignApplications: mapValues(owned(true), (entry) => ({
      // What names it may be there and be wrong, which is reported already.
      ...(Object.hasOwn(entry, "name") && { name: "" }),
      ...soundFields(entrySchemas.foreignApplications, entry),
    })),
    exceptions: (Array.isArray(exceptions) ? exceptions : []).map(
      (entry) => entrySchemas.exceptions.safeParse(entry).data,
    ),
  };
}

/** Scopes can be granted whatever is wrong with their names and descriptions; none known where the list is lost. */
function grantableScopes(entry: Record<string, unknown>): Record<string, string> | undefined {
  if (isRecord(entry.scopes)) return mapValues(entry.scopes, String);
  const mayBeMisspelt = Object.keys(entry).some((key) => !Object.hasOwn(entrySchemas.apis.shape, key));
  return entry.scopes === undefined && !mayBeMisspelt ? {} : undefined;
}

/** Each field by itself: its value if that is sound, else its default if it has one. */
function soundFields<Schema extends z.ZodObject>(
  { shape }: Schema,
  entry: Record<string, unknown>,
): Partial<z.output<Schema>> {
  const fields = Object.entries(shape).map(([name, field]) => {
    const { success, data } = z.safeParse(field, entry[name]);
    return [name, success ? data : z.safeParse(field, undefined).data] as const;
  });
  // Every name is the schema's, every value its field's output.
  return Object.fromEntries(fields.filter(([, data]) => data !== undefined)) as Partial<z.output<Schema>>;
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
    const at = { ...locate([...where, index]), path: showPath([...where, index]) };
    if ("message" in key) problems.push({ ...at, ...key });
    else if (keys.some(({ keyId }) => keyId === key.keyId)) {
      problems.push({
        ...at,
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

/** The entries of a map that are maps themselves. */
function records(value: unknown): Record<string, Record<string, unknown>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, isRecord(entry) ? entry : {}]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
