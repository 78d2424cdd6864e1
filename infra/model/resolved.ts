/** The access model as its readers see it: shape checked, defaults filled in, key files read. */
import type { PublicKey } from "./publicKeys.ts";
import type { ApiFields, ApplicationFields, ExceptionFields } from "./schema.ts";

/** An API, in the Management API's terms a resource server. */
export interface Api extends ApiFields {
  /** Its key in the model, the name of its component and of its stack output. */
  key: string;
}

/** A machine-to-machine application, in the Management API's terms a client. */
export interface Application extends Omit<ApplicationFields, "publicKeys"> {
  /** Its key in the model, the name of its component and of its stack output. */
  key: string;
  /** Set for `private_key_jwt` alone: one or two. */
  publicKeys?: PublicKey[];
}

/** A rule set aside for one object until a day. */
export type Exception = ExceptionFields;

export interface AccessModel {
  apis: Record<string, Api>;
  applications: Record<string, Application>;
  /** Names of the stacks whose APIs and applications Pulumi refuses to delete. */
  protectedStacks: string[];
  exceptions: Exception[];
}

/** What is sound of a model that may be broken elsewhere: what is not is absent. */
export interface SoundParts {
  apis: Record<string, { key: string } & Partial<Api>>;
  applications: Record<string, { key: string } & Partial<Application>>;
  protectedStacks: string[];
  /** A broken exception leaves its place empty. */
  exceptions: (Exception | undefined)[];
}
