/** What `up` will change in an object that exists, in words; pure. */
import { type Api, type Application, tokenDialect } from "../../../infra/accessModel.ts";
import { defaultDescription } from "../../../infra/model/properties/application.ts";
import type { FoundApi, FoundApplication, FoundKey } from "./discover.ts";

/** @param found As it stands in the tenant. @param api As the model wants it. */
export function apiChanges(found: FoundApi, api: Api): string[] {
  const dialect = tokenDialect(api);
  return [
    ...(found.identifier === api.identifier
      ? []
      : [`identifier ${found.identifier} to ${api.identifier}, so it is deleted and made anew`]),
    ...(found.name === api.name ? [] : [`renamed from ${found.name ?? "no name"}`]),
    ...changed("signing algorithm", found.signingAlgorithm, api.signingAlgorithm),
    ...changed("token dialect", found.tokenDialect, dialect),
    ...changed("role-based access control", onOff(found.enforcePolicies), onOff(dialect.endsWith("_authz"))),
    ...changed("token lifetime", `${found.tokenLifetime} s`, `${api.tokenLifetime} s`),
  ];
}

/** The same for an application, but for how it authenticates. */
export function applicationChanges(found: FoundApplication, application: Application): string[] {
  return [
    ...(found.name === application.name ? [] : [`renamed from ${found.name}`]),
    ...changed("type", found.type, "non_interactive"),
    ...changed("grant types", sorted(found.grantTypes), sorted(application.grantTypes)),
    ...((application.description ?? defaultDescription) === found.description ? [] : ["description"]),
  ];
}

/** How the application authenticates, and the keys that it may sign with. */
export function authenticationChanges(found: FoundApplication, application: Application): string[] {
  const { authentication } = application;
  const attached = found.keys.filter((key) => key.attached);
  return [
    ...changed("authentication", found.authentication, authentication),
    ...keysOf(application)
      .filter(({ keyId }) => !attached.some((key) => key.keyId === keyId))
      .map(({ name }) => `key ${name} added`),
    ...removedKeys(found, application).map(({ name, keyId }) => `key ${name || keyId} removed`),
  ];
}

/** Keys that the application may sign with today, and may not as the model wants it. */
export function removedKeys(found: FoundApplication, application: Application): FoundKey[] {
  const wanted = keysOf(application);
  return found.keys.filter((key) => key.attached && !wanted.some(({ keyId }) => keyId === key.keyId));
}

function keysOf({ authentication, publicKeys = [] }: Application) {
  return authentication === "private_key_jwt" ? publicKeys : [];
}

/** @param actual Scope -> description. @param wanted The same, of the model. */
export function scopeChanges(
  actual: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): string[] {
  const added = Object.keys(wanted).filter((scope) => !(scope in actual));
  const removed = Object.keys(actual).filter((scope) => !(scope in wanted));
  const described = Object.keys(wanted).filter((scope) => scope in actual && actual[scope] !== wanted[scope]);
  return [
    ...(added.length > 0 ? [`scopes added: ${added.join(", ")}`] : []),
    ...(removed.length > 0 ? [`scopes removed: ${removed.join(", ")}`] : []),
    ...(described.length > 0 ? [`scopes described anew: ${described.join(", ")}`] : []),
  ];
}

function changed(what: string, from: string, to: string): string[] {
  return from === to ? [] : [`${what} ${from} to ${to}`];
}

const onOff = (on: boolean) => (on ? "on" : "off");
const sorted = (values: readonly string[]) => [...values].sort().join(" ") || "none";
