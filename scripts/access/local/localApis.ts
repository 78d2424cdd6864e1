/** The APIs that a project runs beside its local tenant, as the settings of its stack `local` name them. */
import { existsSync } from "node:fs";
import path from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import type { AccessModel, Api } from "../../../infra/accessModel.ts";
import { usageError } from "../../../lib/errors.ts";
import { readIfPresent } from "../../../lib/files.ts";
import { localStack } from "../../session/localRecord.ts";
import { projectName, stackFile } from "../../session/project.ts";

export interface LocalApi {
  readonly api: Api;
  /** Absolute path of the module that serves it, run as a process of its own. */
  readonly module: string;
}

export interface LocalSettings {
  /** Name of the Pulumi project, with which the keys start. */
  readonly project: string;
  /** Under `<project>:localApis`: a map from API key to a module. */
  readonly apis: readonly LocalApi[];
  /** `<project>:demoSample`: what `auth0-m2m demo` imports; as it is written. */
  readonly demoSample: string | undefined;
}

/**
 * What `Pulumi.local.yaml` says of a project's own APIs; paths in it start at its folder. An API that this model does
 * not have is left out.
 * @throws {ToolError} exit 2 where a key holds something else, or a module is not there
 */
export async function readLocalSettings(
  root: string,
  { apis }: Pick<AccessModel, "apis">,
): Promise<LocalSettings> {
  const file = stackFile(root, localStack);
  const project = projectName(root);
  const [apisKey, sampleKey] = [`${project}:localApis`, `${project}:demoSample`];
  const document: unknown = parseDocument((await readIfPresent(file)) ?? "").toJS();
  const config = settingsSchema.safeParse(document).data?.config ?? {};
  const modules = z.record(z.string(), z.string()).optional().safeParse(config[apisKey]);
  const sample = z.string().optional().safeParse(config[sampleKey]);
  if (!modules.success || !sample.success) {
    throw usageError(
      `${file}: ${apisKey} is a map from API keys to modules, ${sampleKey} the path of a file.`,
      `For example: ${apisKey}: { orders: orders/main.ts }`,
    );
  }
  const found = Object.entries(modules.data ?? {}).flatMap(([key, module]): LocalApi[] => {
    const api = Object.hasOwn(apis, key) ? apis[key] : undefined;
    return api ? [{ api, module: path.resolve(root, module) }] : [];
  });
  for (const { module } of found) {
    if (!existsSync(module))
      throw usageError(`${file}: ${apisKey} names ${module}, which is not there.`, "Correct the path.");
  }
  return { project, apis: found, demoSample: sample.data };
}

const settingsSchema = z.object({ config: z.record(z.string(), z.unknown()).nullish() }).nullish();
