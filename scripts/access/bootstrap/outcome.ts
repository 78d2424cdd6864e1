/** What a bootstrap's update has left: the state, and the program's outputs with their secrets in clear. */
import { readClientSecret } from "../../credentials/clientSecret.ts";
import { type EngineState, emptyState, publicOutputsOf } from "../../pulumi/engineState.ts";
import { readStackOutputs, type StackOutputs } from "../../pulumi/pulumi.ts";
import { readState } from "../../pulumi/stackState.ts";
import type { Session } from "../../session/session.ts";

export interface Outcome {
  readonly state: EngineState;
  readonly outputs: StackOutputs;
}

/**
 * Reads both, once the program has run.
 * @param isNew Whether this run made the stack: then its secrets have only just come from the tenant, and asking there
 * again spares the engine another start and the decryption of its state.
 */
export async function readOutcome(session: Session, isNew: boolean): Promise<Outcome> {
  const pulumi = await session.pulumi();
  const reading = readState(pulumi, session.stack).then((found) => found ?? emptyState);
  if (!isNew) {
    const [state, outputs] = await Promise.all([reading, readStackOutputs(pulumi)]);
    return { state, outputs };
  }
  const state = await reading;
  const outputs = await withTenantsSecrets(publicOutputsOf(state), session);
  return { state, outputs: outputs ?? (await readStackOutputs(pulumi)) };
}

/** Undefined where a secret may not be read. */
async function withTenantsSecrets(
  outputs: StackOutputs,
  { model, tenant }: Session,
): Promise<StackOutputs | undefined> {
  const applications = await Promise.all(
    Object.entries(outputs.applications).map(async ([key, application]) => {
      const declared = model.applications[key];
      if (declared?.authentication === "private_key_jwt" || declared?.credentials === "elsewhere")
        return [key, application] as const;
      const clientSecret = (await readClientSecret(tenant, application.clientId))?.secret;
      return clientSecret === undefined ? undefined : ([key, { ...application, clientSecret }] as const);
    }),
  );
  const read = applications.filter((application) => application !== undefined);
  if (read.length < applications.length) return undefined;
  return { ...outputs, applications: Object.fromEntries(read) };
}
