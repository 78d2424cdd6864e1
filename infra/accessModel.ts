/** The access model: which APIs exist, with which scopes, and who may call them; the only reader of its files. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { displayed, type ModelFiles, readModelFile, readOverrides } from "./model/files.ts";
import { merge } from "./model/merge.ts";
import type { Locate } from "./model/parts.ts";
import { AccessModelError, type Problem } from "./model/problem.ts";
import type { AccessModel, SoundParts } from "./model/resolved.ts";
import { locate, type Tree } from "./model/tree.ts";
import { validate } from "./model/validate.ts";
import { stackFile as settingsFile } from "./stackSettings.ts";

export { AccessModelError, describeProblem, type Position, type Problem } from "./model/problem.ts";
export type { PublicKey } from "./model/publicKeys.ts";
export type {
  AccessModel,
  Api,
  Application,
  Exception,
  ForeignApi,
  ForeignApplication,
  Grant,
  SoundParts,
} from "./model/resolved.ts";
export { type TokenDialect, tokenDialect } from "./tokenDialect.ts";

export interface AccessModelSource {
  /** @default M2M_ACCESS_MODEL (from `root`), else infra/access.yaml */
  file?: string | undefined;
  /** The stack whose overrides apply; none do where neither this nor the next two are given. */
  stack?: string | undefined;
  /** @default Pulumi.<stack>.yaml in `root`; need not exist */
  stackFile?: string | undefined;
  /** Name of the Pulumi project: overrides stand under `<project>:access`. @default none, for a model without a stack */
  project?: string | undefined;
  /** The value of `<project>:access`, where Pulumi has handed it over; positions still come from the stack file. */
  overrides?: unknown;
  /** The folder of Pulumi.yaml. @default the folder above this module's */
  root?: string | undefined;
  /** @default process.env */
  env?: Readonly<NodeJS.ProcessEnv> | undefined;
}

/** What reading gave: the model where it is whole, and everything that is wrong where it is not. */
export interface Reading {
  model?: AccessModel;
  /** What rules can look at although other parts are broken. */
  sound: SoundParts;
  problems: Problem[];
  /** Where a path of the model stands, e.g. `locate(["apis", "timesheets", "tokenLifetime"])`. */
  locate: Locate;
}

/**
 * Reads, merges and validates the model.
 * @throws {AccessModelError} with every problem at once
 */
export function loadAccessModel(source: AccessModelSource = {}): AccessModel {
  const { model, problems } = readAccessModel(source);
  if (model === undefined) throw new AccessModelError(problems);
  return model;
}

/** As {@link loadAccessModel}, for those who have more to say about a model than whether it is whole. */
export function readAccessModel(source: AccessModelSource = {}): Reading {
  const files = filesOf(source);
  const problems: Problem[] = [];
  const base = readModelFile(files, problems);
  const over = readOverrides(files, problems);
  const tree = base && over ? merge(base, over, problems) : base;
  const nowhere: Tree = {
    file: displayed(files.file, files.root),
    line: 1,
    column: 1,
    kind: "list",
    items: [],
  };
  const find: Locate = (where, at) => locate(tree ?? nowhere, where, at);
  if (tree === undefined) {
    return { sound: nothing, problems, locate: find };
  }
  const { sound, model } = validate(tree, path.dirname(files.file), find, problems);
  return { ...(problems.length === 0 && model && { model }), sound, problems, locate: find };
}

const nothing: SoundParts = {
  apis: {},
  foreignApis: {},
  applications: {},
  foreignApplications: {},
  protectedStacks: [],
  exceptions: [],
};

function filesOf({
  file,
  stack,
  project,
  stackFile,
  overrides,
  root,
  env = process.env,
}: AccessModelSource): ModelFiles {
  const home = path.dirname(fileURLToPath(import.meta.url));
  const folder = root ?? path.dirname(home);
  const ownFile =
    root === undefined ? path.join(home, "access.yaml") : path.join(root, "infra", "access.yaml");
  const settings = stackFile ?? (stack === undefined ? undefined : settingsFile(folder, stack));
  if (project === undefined && (settings !== undefined || overrides !== undefined))
    throw new TypeError("The overrides of a stack are found by the project's name.");
  return {
    root: folder,
    project: project ?? "",
    file: path.resolve(folder, file ?? (env.M2M_ACCESS_MODEL || ownFile)),
    stackFile: settings,
    overrides,
  };
}
