/** A bootstrap from its options to its exit code: plan, show, ask, run, hand over the credentials. */
import { type ExitCode, exitCodes } from "../../../lib/errors.ts";
import { plainText } from "../../../lib/text.ts";
import type { CredentialsFormat } from "../../credentials/credentialsOptions.ts";
import { credentialsTarget, writeJobCredentials } from "../../credentials/jobCredentials.ts";
import { privateKeyFiles, readPrivateKeys } from "../../credentials/privateKeyFiles.ts";
import { preflight } from "../../session/preflight/preflight.ts";
import { openSession } from "../../session/session.ts";
import type { Context } from "../../terminal/command.ts";
import { confirm, confirmDeletion, requireAnswer } from "../../terminal/confirm.ts";
import { print, printJson, say } from "../../terminal/output.ts";
import { type BootstrapResult, prepareBootstrap, runBootstrap } from "./bootstrap.ts";
import type { AdoptMode } from "./checkPlan.ts";
import { chooseJob } from "./chooseJob.ts";
import { assertAgreed, describeDeletions } from "./deletions.ts";
import { chosenClients, describePlan } from "./describe.ts";

export interface BootstrapOptions {
  readonly stack: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly allowDelete: boolean;
  readonly adopt: AdoptMode;
  readonly moveTenant: boolean;
  readonly warningsAsErrors: boolean;
  readonly clientId: readonly string[];
  readonly privateKey: readonly string[];
  readonly credentials: "none" | CredentialsFormat;
  readonly out?: string | undefined;
  readonly application?: string | undefined;
  readonly json: boolean;
}

export async function bootstrapStack(options: BootstrapOptions, context: Context): Promise<ExitCode> {
  const session = await openSession(options.stack, context, {
    rules: { warningsAsErrors: options.warningsAsErrors },
    plugin: true,
    enterTenant: true,
    moveTenant: options.moveTenant,
  });
  const { stack, model } = session;
  const chosen = chosenClients(options.clientId, Object.keys(model.applications));
  const target = await credentialsTarget(options, context.cwd);
  requireAnswer(context, options.yes || options.dryRun, "Add --yes, or --dry-run to see the plan alone.");
  const keyFiles = privateKeyFiles(options.privateKey, model, context, stack);
  const owner = target && chooseJob(model, options.application, keyFiles);
  const privateKeys = await readPrivateKeys(keyFiles);

  const { state, granted, surplusScopes } = await preflight(session, "bootstrap");
  const request = { chosen, adopt: options.adopt, granted, privateKeys };
  const planned = await prepareBootstrap(session, request, { state });
  const { deletions, kept } = planned;
  for (const line of describePlan(planned.plan, kept)) say(context, plainText(line));
  if (deletions.length > 0) {
    say(context, "Live objects are deleted, and their ids and secrets do not come back:");
    for (const line of describeDeletions(deletions)) say(context, plainText(line));
    if (options.dryRun && !options.allowDelete) say(context, "Without --allow-delete this is refused.");
  }
  if (surplusScopes.length > 0) say(context, surplus(surplusScopes));
  if (options.dryRun && options.json) {
    const { renames, steps, removed, leftoverKeys, stale } = planned.plan;
    const accepted = kept.map(({ acceptance }) => acceptance);
    const plan = { renames, plan: steps, accepted, removed, deletions, leftoverKeys, stale };
    printJson(context, { stack: stack.name, dryRun: true, ...plan, surplusScopes });
    return exitCodes.done;
  }
  const mayDelete = deletions.map(({ id }) => id);
  if (!options.dryRun && options.yes) assertAgreed(deletions, options.allowDelete ? mayDelete : []);
  const asked = mayDelete.length > 0 && !options.allowDelete ? confirmDeletion : confirm;
  if (options.dryRun || (!options.yes && !(await asked(context, "Do this?")))) {
    say(context, "Nothing was changed.");
    return exitCodes.done;
  }
  const result = await runBootstrap(session, { ...request, mayDelete }, planned);
  if (target && owner) {
    const { key } = owner.application;
    const { clientId = "", clientSecret } = result.outputs.applications[key] ?? {};
    const proof = { clientId, clientSecret, privateKeyFile: keyFiles[key] };
    await writeJobCredentials(target, owner, proof, { outputs: result.outputs, stack });
  }
  if (options.json) {
    const { changed, adopted, ids, checks, left } = result;
    printJson(context, {
      stack: stack.name,
      changed,
      adopted: adopted.map(({ title, id }) => ({ title, id })),
      ids,
      checks,
      differences: left.map(({ path, message }) => ({ path, message })),
      credentialsFile: target?.file ?? null,
    });
  } else {
    for (const line of summary(result, stack.name)) print(context, plainText(line));
    if (target) print(context, `Credentials: ${target.file}`);
  }
  return exitCodes.done;
}

function surplus(scopes: readonly string[]): string {
  const some = scopes.slice(0, 6).join(" ");
  const list = scopes.length <= 6 ? some : `${some} and ${scopes.length - 6} more`;
  return `The management application may do more than this needs: ${list}.`;
}

function summary({ changed, checks, left }: BootstrapResult, stack: string): string[] {
  const skipped = checks.filter((check) => check.skipped).length;
  const accepted = checks.filter((check) => check.accepted).length;
  const subject = left.length > 0 ? "access" : "the tenant";
  return [
    changed
      ? `${subject.replace(/^./, (first) => first.toUpperCase())} is as the model says.`
      : `Nothing to do: ${subject} is as the model says.`,
    ...(left.length > 0
      ? [
          `Beside that, the tenant differs from it in what bootstrap does not change; for the ways out: npx auth0-m2m drift --stack ${stack}`,
          ...left.map(({ path, message }) => `  ${path}: ${message}`),
        ]
      : []),
    `${checks.length - skipped} checks passed${accepted > 0 ? `, ${accepted} by an accepted difference` : ""}${skipped > 0 ? `, ${skipped} not tried` : ""}.`,
  ];
}
