/** Rotates an application's secret behind the engine's back, then makes state and outputs follow. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { applicationNames, resourceTypes } from "../../../../infra/names.ts";
import { exitCodes, ToolError } from "../../../../lib/errors.ts";
import { type Check, checksOn } from "../../../checks/check.ts";
import { describeAnswer, tokensOf } from "../../../checks/tokenAnswers.ts";
import { readClientSecret } from "../../../credentials/clientSecret.ts";
import { reserveCredentials } from "../../../credentials/credentialsFile.ts";
import { firstApi } from "../../../credentials/jobCredentials.ts";
import { resourceKey } from "../../../pulumi/engineState.ts";
import { readStackOutputs } from "../../../pulumi/pulumi.ts";
import { readState } from "../../../pulumi/stackState.ts";
import type { Session } from "../../../session/session.ts";
import { applicationSecretSchema } from "../../../tenant/objects.ts";
import { deliver, type RotatedApplication } from "../application.ts";
import { openJournal } from "../journal.ts";
import { settle } from "../settle.ts";

export interface SecretReport {
  readonly application: string;
  readonly clientId: string;
  /** False where nothing was rotated: the stack knew another secret than the tenant, and was brought up to date. */
  readonly rotated: boolean;
  /** True where this run finished a rotation that an earlier one had begun. */
  readonly resumed: boolean;
  readonly checks: readonly Check[];
}

const noteSchema = z.object({
  /** SHA-256 of the secret before the rotation, hex: it is 64 random characters, so that nothing leads back to it. */
  from: z.string(),
});

/**
 * May be interrupted anywhere and run again: a secret other than the one that was noted is a rotation to finish.
 * Without a note, a secret that the stack does not know was not made here: the stack follows it, and a check fails,
 * since a state from a backup must not look like a rotation.
 */
export async function rotateSecret(session: Session, rotated: RotatedApplication): Promise<SecretReport> {
  const { report } = session;
  const { application, clientId, outputs } = rotated;
  const pulumi = await session.pulumi();
  const known = outputs.applications[application.key]?.clientSecret;
  const before = await readSecret(session, rotated);
  const journal = openJournal(session.stack, `rotate-secret-${application.key}`, noteSchema);
  const note = await journal.read();
  const resumed = note !== undefined && note.from !== digestOf(before);
  const rotates = !resumed && (known === before || note !== undefined);
  const refresh = await refreshTarget(session, application.key);
  report({
    level: "info",
    code: "secret_gap",
    message:
      "A secret has a gap: from now until the job has the new one, it gets no new tokens. private_key_jwt has none.",
  });
  if (resumed) {
    report({
      level: "info",
      code: "rotation_resumed",
      message: "An earlier run was interrupted after it had rotated: only the rest of that rotation is done.",
    });
  } else if (!rotates) {
    report({
      level: "warning",
      code: "state_behind",
      message:
        "The tenant's secret is another than the stack's: the stack follows it, and nothing is rotated.",
    });
  }
  const place = rotated.delivery && (await reserveCredentials(rotated.delivery.target.file));
  let secret = before;
  try {
    if (rotates) {
      await journal.write({ from: digestOf(before) });
      secret = await rotateOnce(session, rotated, before);
    }
    await deliver(session, rotated, { clientSecret: secret }, place);
  } finally {
    await place?.release();
  }

  await pulumi.must(["refresh", "--yes", "--skip-preview", "--target", refresh], { shown: true });
  await pulumi.must(["up", "--yes", "--skip-preview"], { shown: true });
  const after = await readStackOutputs(pulumi);

  const checks = checksOn({ id: application.key, name: application.name });
  const follows = after.applications[application.key]?.clientSecret === (await readSecret(session, rotated));
  if (follows) await journal.remove();
  return {
    application: application.key,
    clientId,
    rotated: rotates || resumed,
    resumed,
    checks: [
      ...(rotates || resumed
        ? []
        : [checks.judged("rotated", "a new secret", false, "rotated", "not rotated; run the command again")]),
      checks.judged(
        "outputs",
        "secret in the stack's outputs",
        follows,
        "the tenant's",
        follows ? "the tenant's" : "another",
      ),
      ...(await tokenChecks(session, rotated, secret, rotates ? before : undefined)),
    ],
  };
}

/** @throws {ToolError} exit 3 where it may not be read: a refresh with that credential would lose it. */
async function readSecret(
  { tenant }: Pick<Session, "tenant">,
  { application, clientId }: RotatedApplication,
): Promise<string> {
  const client = await readClientSecret(tenant, clientId);
  if (client?.secret !== undefined) return client.secret;
  throw new ToolError(
    client ? "secret_not_readable" : "no_such_application",
    client
      ? `The secret of ${application.name} cannot be read, so the stack could not follow; nothing was rotated.`
      : `The tenant has no application ${clientId} any more.`,
    {
      exitCode: client ? exitCodes.credentials : exitCodes.check,
      hint: client
        ? "Give the management application read:client_keys (or read:client_credentials) and update:client_keys."
        : "Run `auth0-m2m bootstrap`.",
    },
  );
}

function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function rotateOnce(
  session: Pick<Session, "tenant" | "signal" | "report">,
  rotated: RotatedApplication,
  before: string,
): Promise<string> {
  const { tenant, signal, report } = session;
  const path = `clients/${encodeURIComponent(rotated.clientId)}/rotate-secret`;
  return settle({
    what: "The rotation of the secret",
    write: () => tenant.send("POST", path, undefined, applicationSecretSchema),
    read: () => readSecret(session, rotated),
    done: (secret) => secret !== before,
    signal,
    report,
  });
}

/** The URN of the one resource that holds the secret. */
async function refreshTarget(
  { stack, pulumi }: Pick<Session, "stack" | "pulumi">,
  application: string,
): Promise<string> {
  const state = await readState(await pulumi(), stack);
  const name = applicationNames(application).credentials;
  const urn = state?.urns.get(resourceKey(resourceTypes.credentials, name));
  if (urn !== undefined) return urn;
  throw new ToolError("not_managed", `The stack does not manage the credentials of ${application}.`, {
    exitCode: exitCodes.usage,
    hint: "Run `auth0-m2m bootstrap` first.",
  });
}

async function tokenChecks(
  { model, signal }: Pick<Session, "model" | "signal">,
  { application, clientId, outputs }: RotatedApplication,
  secret: string,
  old: string | undefined,
): Promise<Check[]> {
  const audience = firstApi(model, application)?.identifier;
  if (audience === undefined) return [];
  const checks = checksOn({ id: application.key, name: application.name });
  const ask = (clientSecret: string) =>
    tokensOf(application, { clientId, clientSecret }, outputs.issuer, signal)(audience);
  const [withNew, withOld] = await Promise.all([ask(secret), old === undefined ? undefined : ask(old)]);
  const works = withNew.kind === "token";
  return [
    checks.judged(
      "new-secret",
      "a token with the new secret",
      works,
      "issued",
      works ? "issued" : describeAnswer(withNew),
    ),
    ...(withOld
      ? [
          checks.judged(
            "old-secret",
            "a token with the old secret",
            withOld.kind === "refusal",
            "refused",
            describeAnswer(withOld),
          ),
        ]
      : []),
  ];
}
