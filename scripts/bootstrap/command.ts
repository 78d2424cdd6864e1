/** `timesheets bootstrap`: from a tenant and one management credential to access that is as the model says. */
import path from "node:path";
import { defineCommand } from "../lib/command.ts";
import { confirm, requireAnswer } from "../lib/confirm.ts";
import type { CredentialsFormat } from "../lib/credentialsFile.ts";
import { exitCodes, usageError } from "../lib/errors.ts";
import { print, printJson, say } from "../lib/output.ts";
import { accessModelFile, findProjectRoot, stackFile } from "../lib/project.ts";
import type { CredentialsTarget } from "./jobCredentials.ts";

export const bootstrap = defineCommand({
  command: "bootstrap",
  describe: "Bring a tenant to what the access model says, adopting what the Dashboard made",
  examples: [
    ["$0 bootstrap --stack local --yes", "The local tenant, without asking"],
    ["$0 bootstrap --stack production --dry-run", "Show what would be made, adopted, renamed and changed"],
    ["$0 bootstrap --stack dev --client-id import-job=<client id>", "Choose among applications of one name"],
    ["$0 bootstrap --stack dev --credentials env --out .env.job", "Write the job's credentials as well"],
    ["$0 bootstrap --stack dev --print-required-scopes", "What the management application must be granted"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", { type: "string", demandOption: true, requiresArg: true, describe: "The stack" })
      .option("yes", { type: "boolean", default: false, describe: "Do not ask" })
      .option("dry-run", { type: "boolean", default: false, describe: "Show the plan and change nothing" })
      .option("adopt", {
        choices: ["auto", "require", "never"] as const,
        default: "auto" as const,
        describe: "Whether what exists is brought under management",
      })
      .option("client-id", {
        type: "string",
        array: true,
        requiresArg: true,
        default: [] as string[],
        describe: "The application to adopt: a client id, or <application>=<client id>",
      })
      .option("credentials", {
        choices: ["none", "env", "json", "kubernetes-secret"] as const,
        default: "none" as const,
        describe: "Write the job's credentials in this form",
      })
      .option("out", { type: "string", requiresArg: true, describe: "The file for --credentials, mode 0600" })
      .option("application", {
        type: "string",
        requiresArg: true,
        describe: "Whose credentials, where the model has several applications",
      })
      .option("print-required-scopes", {
        type: "boolean",
        default: false,
        describe: "Print the scopes that the management application needs, and end",
      }),
  run: async (options, context) => {
    const [{ openStack, stackOption }, { loadRuledModel }, { chosenClients, describePlan }] =
      await Promise.all([
        import("../lib/stack.ts"),
        import("../lib/accessModel.ts"),
        import("./describe.ts"),
      ]);
    const name = stackOption(options.stack);
    const root = findProjectRoot(context.cwd);
    const model = await loadRuledModel({
      file: accessModelFile(root, context.env),
      stack: name,
      stackFile: stackFile(root, name),
    });
    if (options.printRequiredScopes) {
      const { requiredScopes } = await import("./requiredScopes.ts");
      const scopes = requiredScopes(model, "bootstrap");
      if (options.json) printJson(context, { stack: name, scopes });
      else for (const scope of scopes) print(context, scope);
      return exitCodes.done;
    }
    const chosen = chosenClients(options.clientId, Object.keys(model.applications));
    const target = credentialsTarget(options.credentials, options.out, context.cwd);
    requireAnswer(context, options.yes || options.dryRun, "Add --yes, or --dry-run to see the plan alone.");

    const { openBootstrap, prepareBootstrap, runBootstrap } = await import("./bootstrap.ts");
    const { writeJobCredentials, jobOf } = await import("./jobCredentials.ts");
    const job = target && jobOf(model, options.application);
    const tools = await openBootstrap(openStack(name, context), model, context);
    const prepared = await prepareBootstrap(tools, chosen, options.adopt);
    for (const line of describePlan(prepared.plan)) say(context, line);
    if (prepared.surplusScopes.length > 0) {
      say(
        context,
        `The management application may do more than this needs: ${list(prepared.surplusScopes)}.`,
      );
    }
    if (options.dryRun) {
      if (options.json) printJson(context, { stack: name, dryRun: true, plan: prepared.plan.steps });
      return exitCodes.done;
    }
    if (!options.yes && !(await confirm(context, "Do this?"))) {
      say(context, "Nothing was changed.");
      return exitCodes.done;
    }
    const result = await runBootstrap(tools, prepared);
    if (target && job) await writeJobCredentials(target, job, result.outputs, tools.stack);
    if (options.json) {
      const { ids, changed, checks } = result;
      const adopted = result.adopted.map(({ title, id }) => ({ title, id }));
      printJson(context, {
        stack: name,
        changed,
        adopted,
        ids,
        checks,
        credentialsFile: target?.file ?? null,
      });
    } else {
      print(
        context,
        result.changed
          ? "The tenant is as the model says."
          : "Nothing to do: the tenant is as the model says.",
      );
      if (target) print(context, `Credentials: ${target.file}`);
    }
    return exitCodes.done;
  },
});

function list(scopes: readonly string[]): string {
  return scopes.length <= 6
    ? scopes.join(" ")
    : `${scopes.slice(0, 6).join(" ")} and ${scopes.length - 6} more`;
}

/** The file that credentials go to, or undefined where none are wanted. */
function credentialsTarget(
  format: "none" | CredentialsFormat,
  out: string | undefined,
  cwd: string,
): CredentialsTarget | undefined {
  if (format === "none") {
    if (out !== undefined)
      throw usageError("--out goes with --credentials.", "For example: --credentials env");
    return undefined;
  }
  if (out === undefined) throw usageError(`--credentials ${format} needs --out FILE.`);
  return { format, file: path.resolve(cwd, out) };
}
