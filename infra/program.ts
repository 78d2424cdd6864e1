/** From an access model to components and stack outputs. */
import * as pulumi from "@pulumi/pulumi";
import { type AccessModel, AccessModelError, type Application } from "./accessModel.ts";
import { ForeignApp } from "./foreignApp.ts";
import type { GrantsArgs } from "./grants.ts";
import { MachineApp } from "./machineApp.ts";
import { ProtectedApi } from "./protectedApi.ts";
import { unspokenRenames } from "./recordedKeys.ts";
import { TenantError } from "./tenant.ts";

export interface AccessOutputs {
  apis: Record<string, { id: pulumi.Output<string>; identifier: pulumi.Output<string> }>;
  /** `clientSecret` is a secret, and absent where the application signs with a key of its own. */
  applications: Record<string, { clientId: pulumi.Output<string>; clientSecret?: pulumi.Output<string> }>;
}

export interface AccessOptions {
  /** Lets Pulumi delete none of the APIs and applications. */
  protect: boolean;
  /** Key -> client id of the applications that others own, where the model has none. @default none */
  clientIds?: Readonly<Record<string, string>>;
}

/**
 * Declares every API and application of the model, and grants on and of what others own.
 * @throws {pulumi.RunError} where nothing says which application of others is meant
 */
export function declareAccess(model: AccessModel, { protect, clientIds = {} }: AccessOptions): AccessOutputs {
  // Before anything is registered.
  const foreign = Object.values(model.foreignApplications).map(
    ({ key, clientId = clientIds[key], grants }) => {
      if (clientId === undefined) throw unknownApplication(key);
      return { key, clientId, grants };
    },
  );
  const outputs: AccessOutputs = { apis: {}, applications: {} };
  const apis = new Map<string, ProtectedApi>();
  for (const [key, { key: _, endpoints: __, ...api }] of Object.entries(model.apis)) {
    const declared = new ProtectedApi(key, api, { protect });
    apis.set(key, declared);
    outputs.apis[key] = { id: declared.apiId, identifier: declared.identifier };
  }
  const granted = (grants: Application["grants"]): GrantsArgs =>
    Object.fromEntries(
      Object.entries(grants).map(([name, list]) => {
        const api = apis.get(name) ?? model.foreignApis[name]?.identifier;
        if (api === undefined) throw new Error(`The model grants scopes of ${name}, which it lacks.`);
        return [name, list.map((grant) => ({ ...grant, api, formerly: model.apis[name]?.formerly }))];
      }),
    );
  for (const [key, { adopts: _, key: __, grants, ...application }] of Object.entries(model.applications)) {
    const declared = new MachineApp(key, { ...application, grants: granted(grants) }, { protect });
    const { clientId, clientSecret } = declared;
    outputs.applications[key] = { clientId, ...(clientSecret && { clientSecret }) };
  }
  for (const { key, clientId, grants } of foreign) {
    new ForeignApp(key, { clientId, grants: granted(grants) }, { protect });
  }
  return outputs;
}

function unknownApplication(key: string): pulumi.RunError {
  return new pulumi.RunError(
    `The client id of applications.${key}, which is owned elsewhere, is not known.\n` +
      "Write its clientId into the stack's file, or run auth0-m2m bootstrap, which finds the application by its name and records the id.",
  );
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
