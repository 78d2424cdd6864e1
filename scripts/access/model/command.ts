/** `auth0-m2m model`: prints the resolved access model, checks it, or prints its JSON Schema. */
import type { AccessModel, AccessModelSource, Application } from "../../../infra/accessModel.ts";
import { type ExitCode, exitCodes, usageError } from "../../../lib/errors.ts";
import { modelError } from "../../session/accessModel.ts";
import { accessModelSource, findProjectRoot } from "../../session/project.ts";
import { stackOption } from "../../session/stackOption.ts";
import { assertSettings, stacksWithSettings } from "../../session/stackSettings.ts";
import { type Context, defineCommand } from "../../terminal/command.ts";
import { printJson } from "../../terminal/output.ts";

export const model = defineCommand({
  name: "model",
  describe: "Print or check the access model",
  examples: [
    ["$0 model --stack production", "Print the model with the overrides of a stack"],
    ["$0 model --check", "Check it for every stack; reads only files"],
    ["$0 model --check --stack dev --json", "Check it for one stack, and print JSON"],
    ["$0 model --schema > infra/access.schema.json", "Write the JSON Schema"],
  ],
  options: {
    stack: { ...stackOption, describe: "Apply this stack's overrides" },
    format: { type: "string", choices: ["yaml", "json"], defaultText: "yaml", describe: "Print this format" },
    check: { type: "boolean", describe: "Validate the model and apply the rules; print no model" },
    "warnings-as-errors": { type: "boolean", describe: "With --check: fail where a rule only warns, too" },
    schema: { type: "boolean", describe: "Print the JSON Schema of access.yaml" },
  },
  conflicts: [
    ["check", "schema"],
    ["check", "format"],
    ["schema", "stack"],
    ["schema", "format"],
  ],
  async run({ stack, format, check, schema, json, warningsAsErrors }, context) {
    if (warningsAsErrors && !check) throw usageError("--warnings-as-errors needs --check.");
    if (schema) return printSchema(context);
    const sources = sourcesOf(stack, check, context);
    if (check) return (await import("./check.ts")).checkModels(sources, { json, warningsAsErrors }, context);
    const { AccessModelError, loadAccessModel } = await import("../../../infra/accessModel.ts");
    try {
      for (const source of sources)
        await printModel(loadAccessModel(source), json || format === "json", context);
      return exitCodes.done;
    } catch (error) {
      throw error instanceof AccessModelError ? modelError(error) : error;
    }
  },
});

async function printSchema(context: Context): Promise<ExitCode> {
  const { jsonSchema } = await import("../../../infra/model/schema.ts");
  context.stdout.write(jsonSchema());
  return exitCodes.done;
}

async function printModel(resolved: AccessModel, json: boolean, context: Context): Promise<void> {
  const document = await modelAsWritten(resolved);
  if (json) return printJson(context, document);
  const { stringify } = await import("yaml");
  context.stdout.write(stringify(document, { lineWidth: 0 }));
}

/** The model in the shape of access.yaml, so that it can be read back. */
async function modelAsWritten(model: AccessModel): Promise<object> {
  const { asWritten } = await import("../../../infra/model/grants.ts");
  const each = <Entry extends { key: string }>(
    entries: Readonly<Record<string, Entry>>,
    write: (entry: Omit<Entry, "key">) => unknown,
  ) =>
    Object.fromEntries(Object.entries(entries).map(([name, { key: _, ...entry }]) => [name, write(entry)]));
  const granted = (grants: Application["grants"]) => ({
    grants: Object.fromEntries(Object.entries(grants).map(([api, list]) => [api, asWritten(list)])),
  });
  const foreignApis = each(model.foreignApis, ({ management, identifier }) =>
    management ? "management" : identifier,
  );
  return {
    apis: each(model.apis, ({ thirdPartyGrants, ...api }) => ({
      ...api,
      ...(thirdPartyGrants && { thirdPartyGrants: asWritten(thirdPartyGrants) }),
    })),
    ...(Object.keys(foreignApis).length > 0 && { foreignApis }),
    applications: {
      ...each(model.applications, ({ publicKeys, grants, ...application }) => ({
        ...application,
        ...granted(grants),
        ...(publicKeys && { publicKeys: publicKeys.map(({ file }) => file) }),
      })),
      ...each(model.foreignApplications, ({ grants, ...application }) => ({
        owner: "elsewhere",
        ...application,
        ...granted(grants),
      })),
    },
    protectedStacks: model.protectedStacks,
    exceptions: model.exceptions,
  };
}

/** The file alone, or with one stack's overrides; a check without a stack takes every stack's in turn. */
function sourcesOf(stack: string | undefined, check: boolean, context: Context): AccessModelSource[] {
  const root = findProjectRoot(context.cwd);
  const stacks = stacksWithSettings(root);
  const of = (name?: string) => accessModelSource(root, context.env, name);
  if (stack === undefined) return check ? [of(), ...stacks.map((name) => of(name))] : [of()];
  assertSettings(root, stack);
  return [of(stack)];
}
