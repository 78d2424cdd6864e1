/** `auth0-m2m bootstrap`: from a tenant and one management credential to access that is as the model says. */

import { exitCodes } from "../../../lib/errors.ts";
import { credentialsOptions } from "../../credentials/credentialsOptions.ts";
import { privateKeyOption } from "../../credentials/keyOption.ts";
import { accessModelSource, findProjectRoot } from "../../session/project.ts";
import { requiredStackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";
import { confirm, requireAnswer } from "../../terminal/confirm.ts";
import { print, printJson, say } from "../../terminal/output.ts";

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
      .option("stack", requiredStackOption)
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
      .option("private-key", privateKeyOption)
      .options(credentialsOptions)
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
    const [{ openStack, stackOption }, { enterTenant }] = await Promise.all([
      import("../../session/stack.ts"),
      import("../../session/preflight/enterTenant.ts"),
    ]);
    const name = stackOption(options.stack);
    const entered = options.printRequiredScopes ? undefined : enterTenant(name, context);
    const { loadRuledModel } = await import("../../session/accessModel.ts");
    const root = findProjectRoot(context.cwd);
    const model = await loadRuledModel(accessModelSource(root, context.env, name));
    if (options.printRequiredScopes) {
      const { requiredScopes } = await import("../../session/preflight/requiredScopes.ts");
      const scopes = requiredScopes(model, "bootstrap");
      if (options.json) printJson(context, { stack: name, scopes });
      else for (const scope of scopes) print(context, scope);
      return exitCodes.done;
    }
    const [bootstrap, { chooseJob }, words, job, keys] = await Promise.all([
      import("./bootstrap.ts"),
      import("./chooseJob.ts"),
      import("./describe.ts"),
      import("../../credentials/jobCredentials.ts"),
      import("../../credentials/privateKeyFiles.ts"),
    ]);
    const chosen = words.chosenClients(options.clientId, Object.keys(model.applications));
    const target = await job.credentialsTarget(options, context.cwd);
    requireAnswer(context, options.yes || options.dryRun, "Add --yes, or --dry-run to see the plan alone.");
    const stack = openStack(name, context);
    const keyFiles = keys.privateKeyFiles(options.privateKey, model, context, stack);
    const owner = target && chooseJob(model, options.application, keyFiles);
    const privateKeys = await keys.readPrivateKeys(keyFiles);

    const opened = await bootstrap.openBootstrap(stack, model, context, privateKeys, entered);
    const prepared = await bootstrap.prepareBootstrap(opened.tools, chosen, options.adopt, opened);
    for (const line of words.describePlan(prepared.plan)) say(context, line);
    if (opened.surplusScopes.length > 0) say(context, surplus(opened.surplusScopes));
    if (options.dryRun) {
      if (options.json) {
        const { steps, removed, leftoverKeys, stale } = prepared.plan;
        printJson(context, {
          stack: name,
          dryRun: true,
          plan: steps,
          removed,
          leftoverKeys,
          stale,
          surplusScopes: opened.surplusScopes,
        });
      } else say(context, "Nothing was changed.");
      return exitCodes.done;
    }
    if (!options.yes && !(await confirm(context, "Do this?"))) {
      say(context, "Nothing was changed.");
      return exitCodes.done;
    }
    const { outputs, ids, adopted, changed, checks } = await bootstrap.runBootstrap(opened.tools, prepared);
    if (target && owner) {
      const { key } = owner.application;
      const { clientId = "", clientSecret } = outputs.applications[key] ?? {};
      const proof = { clientId, clientSecret, privateKeyFile: keyFiles[key] };
      await job.writeJobCredentials(target, owner, proof, { outputs, stack });
    }
    if (options.json) {
      printJson(context, {
        stack: name,
        changed,
        adopted: adopted.map(({ title, id }) => ({ title, id })),
        ids,
        checks,
        credentialsFile: target?.file ?? null,
      });
      return exitCodes.done;
    }
    print(
      context,
      changed ? "The tenant is as the model says." : "Nothing to do: the tenant is as the model says.",
    );
    const skipped = checks.filter((check) => check.skipped).length;
    print(
      context,
      `${checks.length - skipped} checks passed${skipped > 0 ? `, ${skipped} could not be tried` : ""}.`,
    );
    if (target) print(context, `Credentials: ${target.file}`);
    return exitCodes.done;
  },
});

function surplus(scopes: readonly string[]): string {
  const some = scopes.slice(0, 6).join(" ");
  const list = scopes.length <= 6 ? some : `${some} and ${scopes.length - 6} more`;
  return `The management application may do more than this needs: ${list}.`;
}
