/** The access model as its readers see it: shape checked, defaults filled in, key files read. */
import type { PublicKey } from "./publicKeys.ts";
import type { ApiFields, ApplicationFields, ExceptionFields, ForeignApplicationFields } from "./schema.ts";

/** An API, in the Management API's terms a resource server. */
export interface Api extends ApiFields {
  /** Its key in the model, the name of its component and of its stack output. */
  key: string;
}

/** A machine-to-machine application, in the Management API's terms a client. */
export interface Application extends Omit<ApplicationFields, "authentication" | "publicKeys"> {
  /** Its key in the model, the name of its component and of its stack output. */
  key: string;
  /** Auth0's own for a machine where the model has none, which only an application with credentials from elsewhere may. */
  authentication: NonNullable<ApplicationFields["authentication"]>;
  /** Set for `private_key_jwt` alone: one or two. */
  publicKeys?: PublicKey[];
}

/** An API that others own: only grants on it are the model's. */
export interface ForeignApi {
  key: string;
  /** Absent for the Management API until the tenant is known. */
  identifier?: string;
  /** The tenant's own Management API. */
  management: boolean;
}

/** An application that others own, of any kind: only its grants are the model's. It has a name, a client id, or both. */
export interface ForeignApplication extends ForeignApplicationFields {
  key: string;
}

/** A rule set aside for one object until a day. */
export type Exception = ExceptionFields;

export type { Grant } from "./grants.ts";

export interface AccessModel {
  apis: Record<string, Api>;
  foreignApis: Record<string, ForeignApi>;
  /** Ours; their keys and those of the next are unique together. */
  applications: Record<string, Application>;
  foreignApplications: Record<string, ForeignApplication>;
  /** Names of the stacks whose APIs and applications Pulumi refuses to delete. */
  protectedStacks: string[];
  exceptions: Exception[];
}

/** What is sound of a model that may be broken elsewhere: what is not is absent. */
export interface SoundParts {
  apis: Record<string, { key: string } & Partial<Api>>;
  foreignApis: Record<string, ForeignApi>;
  applications: Record<string, { key: string } & Partial<Application>>;
  foreignApplications: Record<string, { key: string } & Partial<ForeignApplication>>;
  protectedStacks: string[];
  /** A broken exception leaves its place empty. */
  exceptions: (Exception | undefined)[];
}
