/** From an access model to components and stack outputs. */
import * as pulumi from "@pulumi/pulumi";
import { type AccessModel, AccessModelError } from "./accessModel.ts";
import { MachineApp } from "./machineApp.ts";
import { ProtectedApi } from "./protectedApi.ts";
import { unspokenRenames } from "./recordedKeys.ts";
import { TenantError } from "./tenant.ts";

export interface AccessOutputs {
  apis: Record<string, { id: pulumi.Output<string>; identifier: pulumi.Output<string> }>;
  /** `clientSecret` is a secret, and absent where the application signs with a key of its own. */
  applications: Record<string, { clientId: pulumi.Output<string>; clientSecret?: pulumi.Output<string> }>;
}

/** Declares every API and application of the model; `protect` lets Pulumi delete none of them. */
export function declareAccess(model: AccessModel, { protect }: { protect: boolean }): AccessOutputs {
  const outputs: AccessOutputs = { apis: {}, applications: {} };
  const apis = new Map<string, ProtectedApi>();
  for (const [key, { key: _, endpoints: __, ...api }] of Object.entries(model.apis)) {
    const declared = new ProtectedApi(key, api, { protect });
    apis.set(key, declared);
    outputs.apis[key] = { id: declared.apiId, identifier: declared.identifier };
  }
  for (const [key, { adopts: _, key: __, grants, ...application }] of Object.entries(model.applications)) {
    const granted = Object.entries(grants).map(([name, scopes]) => {
      const api = apis.get(name);
      if (api === undefined) throw new Error(`The model grants ${key} scopes of ${name}, which it lacks.`);
      return [name, { api, scopes, formerly: model.apis[name]?.formerly }] as const;
    });
    const declared = new MachineApp(
      key,
      { ...application, grants: Object.fromEntries(granted) },
      { protect },
    );
    const { clientId, clientSecret } = declared;
    outputs.applications[key] = { clientId, ...(clientSecret && { clientSecret }) };
  }
  return outputs;
}

/**
 * Ends the program before anything is declared where a rename would cost a live object.
 * @throws {pulumi.RunError} with the lines to write
 */
export function refuseUnspokenRenames(...given: Parameters<typeof unspokenRenames>): void {
  const renames = unspokenRenames(...given);
  if (renames.length === 0) return;
  throw new pulumi.RunError(
    `Live objects would be deleted and created again under other keys:\n${renames.join("\n")}\n` +
      "If they are different objects, run auth0-m2m bootstrap, which shows what it deletes.",
  );
}

/** Lets Pulumi print what is wrong with the input as it is, without a stack trace. */
export function explained<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof AccessModelError)
      throw new pulumi.RunError(`The access model has problems:\n${error.message}`);
    if (error instanceof TenantError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
