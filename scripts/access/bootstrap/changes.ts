/** What `up` will change in an object that exists, as data; pure. */
import type { Api, Application } from "../../../infra/accessModel.ts";
import { apiTable } from "../../../infra/model/properties/api.ts";
import { applicationTable, whenWeakerMethod } from "../../../infra/model/properties/application.ts";
import { type Change, changesOf } from "../../../infra/model/properties/changes.ts";
import { isRecord, isUnset, type Json, valueAt } from "../../../infra/model/properties/compare.ts";
import { isAmong, leftAlone } from "../../../infra/model/properties/leaveAlone.ts";
import { type Fields, wiresOf } from "../../../infra/model/properties/property.ts";
import { looksSecret, secretKey } from "../../../infra/model/secrets.ts";
import type { FoundApi, FoundApplication, FoundKey } from "./discover.ts";

/** @param found As it is in the tenant. @param api As the model wants it. */
export function apiChanges({ identifier, properties }: FoundApi, api: Api): Change[] {
  const moves =
    identifier === api.identifier
      ? []
      : [{ property: "identifier", from: identifier, to: api.identifier, weaker: false }];
  return [...moves, ...changesOf(apiTable, properties, { ...api })];
}

/** The same for an application, but for how it authenticates. */
export function applicationChanges({ properties }: FoundApplication, application: Application): Change[] {
  const declared = changesOf(applicationTable, properties, { ...application });
  return [
    ...declared.map((change) => ({ ...change, from: withoutSecrets(change.from) })),
    ...overwritten(properties, application),
  ];
}

/** What the provider writes null over, since the program leaves it out and has not left it to others. */
function overwritten(properties: Fields, application: Application): Change[] {
  const fields = { ...application };
  const leave = leftAlone(applicationTable, fields);
  const stated = wiresOf(applicationTable).filter((wire) => wire.value(fields) !== undefined);
  const kept = [...leave, ...stated.map(({ name }) => name)];
  return (applicationTable.overwritten ?? []).flatMap((property) => {
    if (isAmong(kept, property)) return [];
    const from = valueAt(properties, property);
    return isUnset(from) ? [] : [{ property, from: withoutSecrets(from ?? null), to: null, weaker: false }];
  });
}

/** Other people's properties may hold anything. */
function withoutSecrets(value: Json): Json {
  if (typeof value === "string") return looksSecret(value) ? "(not shown)" : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const hidden = secretKey(key, []) !== undefined || /:\/\/[^/]*:[^/]*@/.test(JSON.stringify(inner));
    // What stands in a record of JSON is JSON.
    return [key, hidden ? "(not shown)" : withoutSecrets(inner as Json)] as const;
  });
  return Object.fromEntries(entries);
}

/** How the application authenticates, and the keys that it may sign with, by their names. */
export function authenticationChanges(found: FoundApplication, application: Application): Change[] {
  const { authentication } = application;
  if (application.credentials === "elsewhere") return [];
  const attached = found.keys.filter((key) => key.attached);
  const method = {
    property: "token_endpoint_auth_method",
    from: found.authentication,
    to: authentication,
    weaker: whenWeakerMethod(found.authentication, authentication),
  };
  return [
    ...(found.authentication === authentication ? [] : [method]),
    ...keysOf(application)
      .filter(({ keyId }) => !attached.some((key) => key.keyId === keyId))
      .map(({ name, keyId }) => keyChange(keyId, null, name)),
    ...removedKeys(found, application).map(({ name, keyId }) => keyChange(keyId, name || keyId, null)),
  ];
}

function keyChange(element: string, from: string | null, to: string | null): Change {
  return { property: "credentials", element, from, to, weaker: false };
}

/** Keys that the application may sign with today, and may not as the model wants it. */
export function removedKeys(found: FoundApplication, application: Application): FoundKey[] {
  if (application.credentials === "elsewhere") return [];
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
): Change[] {
  const scopes = [...new Set([...Object.keys(wanted), ...Object.keys(actual)])];
  return scopes
    .map((element) => ({ element, from: actual[element] ?? null, to: wanted[element] ?? null }))
    .filter(({ from, to }) => from !== to)
    .map((change) => ({ property: "scopes", ...change, weaker: change.from === null }));
}
