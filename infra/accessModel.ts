/** The access model: which APIs exist, with which scopes, and who may call them; the only reader of its files. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { merge } from "./model/merge.ts";
import { AccessModelError, type Path, type Problem, showPath } from "./model/problem.ts";
import { type PublicKey, readPublicKey } from "./model/publicKeys.ts";
import { type Entries, type Locate, referenceProblems } from "./model/references.ts";
import {
  type ApiFields,
  type ApplicationFields,
  accessModelSchema,
  type ExceptionFields,
  entrySchemas,
} from "./model/schema.ts";
import { locate, plainValue, readYaml, type Tree, treeOf } from "./model/source.ts";
import { translate } from "./model/translate.ts";

export { AccessModelError, describeProblem, type Position, type Problem } from "./model/problem.ts";
export type { PublicKey } from "./model/publicKeys.ts";

/** An API, in the Management API's terms a resource server. */
export interface Api extends ApiFields {
  /** Its key in the model, the name of its component and of its stack output. */
  key: string;
}

/** A machine-to-machine application, in the Management API's terms a client. */
export interface Application extends Omit<ApplicationFields, "publicKeys"> {
  /** Its key in the model, the name of its component and of its stack output. */
  key: string;
  /** Set for `private_key_jwt` alone: one or two. */
  publicKeys?: PublicKey[];
}

/** A rule set aside for one object until a day. */
export type Exception = ExceptionFields;

export interface AccessModel {
  apis: Record<string, Api>;
  applications: Record<string, Application>;
  /** Names of the stacks whose APIs and applications Pulumi refuses to delete. */
  protectedStacks: string[];
  exceptions: Exception[];
}

export interface AccessModelSource {
  /** @default TIMESHEETS_ACCESS_MODEL in the environment, else access.yaml beside this module */
  file?: string | undefined;
  /** The stack whose overrides apply; none apply where neither this nor the next two are given. */
  stack?: string | undefined;
  /** @default Pulumi.<stack>.yaml in the folder of Pulumi.yaml; it need not exist */
  stackFile?: string | undefined;
  /** The value of `timesheets:access`, where Pulumi has handed it over; positions still come from the stack file. */
  overrides?: unknown;
  /** @default process.env */
  env?: Readonly<NodeJS.ProcessEnv> | undefined;
}

/** What reading gave: the model where it is whole, and everything that is wrong where it is not. */
export interface Reading {
  model?: AccessModel;
  /** The entries that are sound by themselves, so that rules can look at them although others are not. */
  sound: AccessModel;
  problems: Problem[];
  /** Where a path of the model stands, e.g. `locate(["apis", "timesheets", "tokenLifetime"])`. */
  locate: Locate;
}

const home = path.dirname(fileURLToPath(import.meta.url));
/** The folder of Pulumi.yaml and of the stack files. */
const root = path.dirname(home);

/** The stack config key that overrides parts of the model. */
export const overridesKey = "timesheets:access";

/**
 * Reads, merges and validates the model.
 * @throws {AccessModelError} with every problem at once
 */
export function loadAccessModel(source: AccessModelSource = {}): AccessModel {
  const { model, problems } = readAccessModel(source);
  if (model === undefined) throw new AccessModelError(problems);
  return model;
}

/** As {@link loadAccessModel}, for those who have more to say about the model than whether it is whole. */
export function readAccessModel(source: AccessModelSource = {}): Reading {
  const file =
    source.file ?? ((source.env ?? process.env).TIMESHEETS_ACCESS_MODEL || path.join(home, "access.yaml"));
  const problems: Problem[] = [];
  const base = readFile(file, problems);
  const over = readOverrides(source, problems);
  const nowhere: Tree = { file: displayed(file), line: 1, column: 1, kind: "map", entries: new Map() };
  const tree = base === undefined || over === undefined ? base : merge(base, over, problems);
  const at: Locate = (where, part) => locate(tree ?? nowhere, where, part);
  if (tree === undefined) return { sound: empty(), problems, locate: at };
  const sound = validate(tree, path.dirname(file), at, problems);
  return problems.length === 0
    ? { model: sound, sound, problems, locate: at }
    : { sound, problems, locate: at };
}

/** Auth0's name for the form of an API's access tokens. */
export type TokenDialect =
  | "access_token"
  | "access_token_authz"
  | "rfc9068_profile"
  | "rfc9068_profile_authz";

/** The `token_dialect` of an API, always in snake_case: the provider takes no other spelling. */
export function tokenDialect({
  tokenProfile,
  permissionsInToken,
}: Pick<Api, "tokenProfile" | "permissionsInToken">): TokenDialect {
  const profile = tokenProfile === "rfc9068" ? "rfc9068_profile" : "access_token";
  return permissionsInToken ? `${profile}_authz` : profile;
}

/** The file of a stack's configuration. */
export function stackFileOf(stack: string): string {
  // A stack may be given in full, as organization/project/stack; its file carries the last part alone.
  return path.join(root, `Pulumi.${path.posix.basename(stack)}.yaml`);
}

function readFile(file: string, problems: Problem[], under: readonly string[] = []): Tree | undefined {
  const shown = displayed(file);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === "ENOENT" ? "there is no such file" : `the file cannot be read (${code ?? "unknown reason"})`;
    problems.push({
      file: shown,
      line: 1,
      column: 1,
      path: "",
      message,
      fix: "Name another with TIMESHEETS_ACCESS_MODEL.",
    });
    return undefined;
  }
  const source = readYaml(text, shown, under);
  problems.push(...source.problems);
  return source.tree;
}

function readOverrides(source: AccessModelSource, problems: Problem[]): Tree | undefined {
  const file = source.stackFile ?? (source.stack === undefined ? undefined : stackFileOf(source.stack));
  const found: Problem[] = [];
  const written =
    file === undefined || !exists(file) ? undefined : readFile(file, found, ["config", overridesKey]);
  if (source.overrides === undefined) {
    problems.push(...found);
    return written;
  }
  // What Pulumi handed over is what counts; the file only says where it stands.
  const start = { file: file === undefined ? overridesKey : displayed(file), line: 1, column: 1 };
  return placed(treeOf(source.overrides, start), written, []);
}

/** Gives every part of one tree the position that the same path has in another. */
function placed(tree: Tree, places: Tree | undefined, where: Path): Tree {
  if (places === undefined) return tree;
  const position = locate(places, where);
  if (tree.kind === "scalar") return { ...tree, ...position };
  if (tree.kind === "list") {
    return {
      ...tree,
      ...position,
      items: tree.items.map((item, index) => placed(item, places, [...where, index])),
    };
  }
  const entries = [...tree.entries].map(([key, { value }]) => {
    const inside = [...where, key];
    return [key, { ...locate(places, inside, "key"), value: placed(value, places, inside) }] as const;
  });
  return { ...tree, ...position, entries: new Map(entries) };
}

function validate(tree: Tree, folder: string, at: Locate, problems: Problem[]): AccessModel {
  const value = plainValue(tree);
  const result = accessModelSchema.safeParse(value);
  if (!result.success) problems.push(...unlessTold(translate(result.error.issues, value, tree), problems));
  const entries = result.success
    ? {
        ...result.data,
        known: { apis: Object.keys(result.data.apis), applications: Object.keys(result.data.applications) },
      }
    : soundEntries(value);
  problems.push(...unlessTold(referenceProblems(entries, at), problems));
  return {
    apis: mapValues(entries.apis, (fields, key) => ({ key, ...fields })),
    applications: mapValues(entries.applications, ({ publicKeys, ...fields }, key) => {
      const keys =
        publicKeys && readKeys(publicKeys, ["applications", key, "publicKeys"], folder, at, problems);
      return { key, ...fields, ...(keys && { publicKeys: keys }) };
    }),
    protectedStacks: result.success ? result.data.protectedStacks : [],
    exceptions: entries.exceptions.filter((exception) => exception !== undefined),
  };
}

/** A place that reading already objected to (a secret, a forbidden key) is not objected to twice. */
function unlessTold(found: readonly Problem[], told: readonly Problem[]): Problem[] {
  const places = new Set(told.map(({ file, line, column }) => `${file}:${line}:${column}`));
  return found.filter(({ file, line, column }) => !places.has(`${file}:${line}:${column}`));
}

function soundEntries(value: unknown): Entries {
  const part = (key: string): unknown =>
    isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  const apis = isRecord(part("apis")) ? (part("apis") as Record<string, unknown>) : {};
  const applications = isRecord(part("applications"))
    ? (part("applications") as Record<string, unknown>)
    : {};
  const exceptions = part("exceptions");
  return {
    apis: soundOf(apis, (entry) => entrySchemas.apis.safeParse(entry).data),
    applications: soundOf(applications, (entry) => entrySchemas.applications.safeParse(entry).data),
    exceptions: Array.isArray(exceptions)
      ? exceptions.map((entry) => entrySchemas.exceptions.safeParse(entry).data)
      : [],
    known: { apis: Object.keys(apis), applications: Object.keys(applications) },
  };
}

function soundOf<Sound>(
  entries: Record<string, unknown>,
  parse: (entry: unknown) => Sound | undefined,
): Record<string, Sound> {
  const sound: Record<string, Sound> = {};
  for (const [key, entry] of Object.entries(entries)) {
    const fields = parse(entry);
    if (fields !== undefined) sound[key] = fields;
  }
  return sound;
}

function readKeys(
  files: readonly string[],
  where: Path,
  folder: string,
  at: Locate,
  problems: Problem[],
): PublicKey[] {
  const keys: PublicKey[] = [];
  for (const [index, file] of files.entries()) {
    const key = readPublicKey(file, folder);
    const told = { ...at([...where, index]), path: showPath([...where, index]) };
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

function empty(): AccessModel {
  return { apis: {}, applications: {}, protectedStacks: [], exceptions: [] };
}

function exists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** Files of this repository are named from its root, wherever the program happens to run. */
function displayed(file: string): string {
  const relative = path.relative(root, path.resolve(file));
  return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}
