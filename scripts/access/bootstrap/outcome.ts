/** What a bootstrap's update has left: the state, and the program's outputs with their secrets in clear. */
import type { AccessModel } from "../../../infra/accessModel.ts";
import { readClientSecret } from "../../credentials/clientSecret.ts";
import { type EngineState, emptyState, publicOutputsOf } from "../../pulumi/engineState.ts";
import { type Pulumi, readStackOutputs, type StackOutputs } from "../../pulumi/pulumi.ts";
import { readState } from "../../pulumi/stackState.ts";
import type { Stack } from "../../session/stack.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";

export interface OutcomeSource {
  readonly model: AccessModel;
  readonly stack: Pick<Stack, "env">;
  readonly pulumi: Pulumi;
  readonly client: ManagementClient;
  readonly signal: AbortSignal;
}

export interface Outcome {
  readonly state: EngineState;
  readonly outputs: StackOutputs;
}

/**
 * Reads both, once the program has run.
 * @param isNew Whether this run made the stack: then its secrets have only just come from the tenant, and asking there
 * again spares the engine another start and the decryption of its state.
 */
export async function readOutcome(source: OutcomeSource, isNew: boolean): Promise<Outcome> {
  const { stack, pulumi } = source;
  const reading = readState(pulumi, stack).then((found) => found ?? emptyState);
  if (!isNew) {
    const [state, outputs] = await Promise.all([reading, readStackOutputs(pulumi)]);
    return { state, outputs };
  }
  const state = await reading;
  const outputs = await withTenantsSecrets(publicOutputsOf(state), source);
  return { state, outputs: outputs ?? (await readStackOutputs(pulumi)) };
}

/** Undefined where a secret may not be read. */
async function withTenantsSecrets(
  outputs: StackOutputs,
  { model, client }: OutcomeSource,
): Promise<StackOutputs | undefined> {
  const applications = await Promise.all(
    Object.entries(outputs.applications).map(async ([key, application]) => {
      if (model.applications[key]?.authentication === "private_key_jwt") return [key, application] as const;
      const clientSecret = (await readClientSecret(client, application.clientId))?.secret;
      return clientSecret === undefined ? undefined : ([key, { ...application, clientSecret }] as const);
    }),
  );
  const read = applications.filter((application) => application !== undefined);
  if (read.length < applications.length) return undefined;
  return { ...outputs, applications: Object.fromEntries(read) };
}
