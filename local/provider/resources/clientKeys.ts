/** The public keys of an application that signs its own assertions (`private_key_jwt`): upload, attach, exchange. */
import { createPublicKey } from "node:crypto";
import { crc32 } from "node:zlib";
import { keyThumbprint } from "../../../lib/keyThumbprint.ts";
import type { Table } from "../schema.ts";
import type { ManagementApi } from "../tenant.ts";
import { isObject, type Properties } from "../values.ts";
import { type Body, fromAnswer, toBody } from "../wire.ts";

/** The first entry distinguishes two credentials best. */
export const credentialProperties = {
  pem: { wire: "pem", type: "string", required: true },
  name: { wire: "name", type: "string" },
  credentialType: { wire: "credential_type", type: "string", required: true, values: ["public_key"] },
  algorithm: { wire: "alg", type: "string", default: "RS256", values: ["RS256", "RS384", "PS256"] },
  parseExpiryFromCert: { wire: "parse_expiry_from_cert", type: "boolean", unwatched: true },
  // Left out of the program it stays in the tenant, and shows as a difference for ever, as in the official plugin.
  expiresAt: { wire: "expires_at", type: "string", time: true },
  id: { wire: "id", type: "string", output: true },
  keyId: { wire: "kid", type: "string", output: true },
  createdAt: { wire: "created_at", type: "string", output: true },
  updatedAt: { wire: "updated_at", type: "string", output: true },
} satisfies Table;

/** At most so many credentials are attached at once; with room to spare a new key goes in before the old one leaves. */
const alwaysAllowed = 2;

/** The credentials of a resource's inputs or state. */
export function credentialsIn(properties: Properties): Properties[] {
  const block = properties.privateKeyJwt;
  const credentials = isObject(block) ? block.credentials : undefined;
  return Array.isArray(credentials) ? credentials.filter(isObject) : [];
}

/** Makes these credentials the ones that the application may sign with; its secret stops working. */
export async function attach(tenant: ManagementApi, clientId: string, ids: readonly string[]): Promise<void> {
  await patch(tenant, clientId, {
    client_authentication_methods: { private_key_jwt: { credentials: ids.map((id) => ({ id })) } },
    token_endpoint_auth_method: null,
  });
}

/** Goes back to a method without keys; the Management API refuses to leave an application with none at all. */
export async function detach(tenant: ManagementApi, clientId: string, method: string): Promise<void> {
  await patch(tenant, clientId, {
    client_authentication_methods: null,
    signed_request_object: null,
    token_endpoint_auth_method: method,
  });
}

async function patch(tenant: ManagementApi, clientId: string, body: Body): Promise<void> {
  await tenant.clients.get(clientId, ["client_id", "app_type"]);
  await tenant.clients.update(clientId, body);
}

/** The attached credentials as outputs; the tenant returns no PEM, so it comes from what is known of them. */
export async function readCredentials(
  tenant: ManagementApi,
  clientId: string,
  ids: readonly string[],
  known: readonly Properties[],
): Promise<Properties[]> {
  const outputs: Properties[] = [];
  for (const id of ids) {
    const answer = await tenant.credentials.get(clientId, id);
    const credential = fromAnswer(credentialProperties, answer);
    const own =
      known.find((one) => one.id === id && one.pem) ??
      known.find((one) => (one.name ?? "") === credential.name);
    // A key exchanged behind our back shows as a missing PEM, and so as drift.
    const pem = typeof own?.pem === "string" && thumbprint(own.pem) === answer.kid ? own.pem : "";
    outputs.push({ ...credential, pem, parseExpiryFromCert: own?.parseExpiryFromCert ?? false });
  }
  return outputs;
}

interface Exchange {
  add: Properties[];
  remove: Properties[];
  expiries: { id: string; expiresAt: string }[];
}

/** Brings the attached keys from `old` to `next`, one at a time, never without a usable one where that is possible. */
export async function rotate(
  tenant: ManagementApi,
  clientId: string,
  old: readonly Properties[],
  next: readonly Properties[],
): Promise<void> {
  const exchange = planExchange(old, next);
  if (exchange.add.length > 0 || exchange.remove.length > 0) {
    let attached = (await tenant.credentials.list(clientId)).map(({ id }) => String(id));
    const put = async (credential: Properties) => {
      const { id } = await tenant.credentials.create(clientId, bodyOfAdded(credential));
      attached = [...attached, String(id)];
      try {
        await attach(tenant, clientId, attached);
      } catch (error) {
        // Left unattached it would take up one of the few places and block the next attempt.
        await tenant.credentials.delete(clientId, String(id));
        throw error;
      }
    };
    const take = async ({ id }: Properties) => {
      if (typeof id !== "string") return;
      attached = attached.filter((one) => one !== id);
      await attach(tenant, clientId, attached);
      await tenant.credentials.delete(clientId, id);
    };
    const pairs = Math.min(exchange.add.length, exchange.remove.length);
    for (let index = 0; index < pairs; index++) {
      const [added, removed] = [exchange.add[index], exchange.remove[index]] as [Properties, Properties];
      if (attached.length < alwaysAllowed) {
        await put(added);
        await take(removed);
      } else {
        await take(removed);
        await put(added);
      }
    }
    for (const removed of exchange.remove.slice(pairs)) await take(removed);
    for (const added of exchange.add.slice(pairs)) await put(added);
  }
  for (const { id, expiresAt } of exchange.expiries) {
    await tenant.credentials.update(clientId, id, { expires_at: wireTime(expiresAt) });
  }
}

/** Which credentials come, which go, and which only get another expiry. */
function planExchange(old: readonly Properties[], next: readonly Properties[]): Exchange {
  const before = new Map(old.map((credential) => [identity(credential), credential]));
  const after = new Map(next.map((credential) => [identity(credential), credential]));
  const added = [...after.keys()].filter((key) => !before.has(key)).sort();
  let removed = [...before.keys()].filter((key) => !after.has(key)).sort();
  const exchange: Exchange = { add: [], remove: [], expiries: [] };
  for (const key of added) {
    const wanted = after.get(key) as Properties;
    const match = removed.find((candidate) => isSameKey(before.get(candidate) as Properties, wanted));
    if (match === undefined) {
      exchange.add.push(wanted);
      continue;
    }
    const had = before.get(match) as Properties;
    removed = removed.filter((candidate) => candidate !== match);
    if (wanted.expiresAt && wanted.expiresAt !== had.expiresAt && had.parseExpiryFromCert !== true) {
      exchange.expiries.push({ id: String(had.id), expiresAt: String(wanted.expiresAt) });
    }
  }
  exchange.remove = removed.map((key) => before.get(key) as Properties);
  return exchange;
}

/** The official plugin's hash of a credential, which also orders them. */
function identity(credential: Properties): string {
  const { credentialType, pem, algorithm, name, expiresAt } = credential;
  const text = [credentialType, pem, algorithm || "RS256", name, expiresAt]
    .map((part) => part ?? "")
    .join("");
  return String(crc32(text));
}

function isSameKey(had: Properties, wanted: Properties): boolean {
  if (!had.id || (had.algorithm || "RS256") !== (wanted.algorithm || "RS256")) return false;
  const samePem = had.pem === wanted.pem || (!had.pem && had.keyId === thumbprint(String(wanted.pem)));
  return samePem && !(had.parseExpiryFromCert === true && had.pem);
}

/** The request that uploads a credential. */
export function credentialBody(credential: Properties): Body {
  const body = toBody(credentialProperties, credential);
  if (typeof credential.expiresAt === "string") body.expires_at = wireTime(credential.expiresAt);
  return body;
}

/** What the official plugin sends for a credential that joins others; for the first ones it sends the inputs alone. */
function bodyOfAdded(credential: Properties): Body {
  return { ...credentialBody(credential), parse_expiry_from_cert: credential.parseExpiryFromCert === true };
}

function wireTime(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toISOString().replace(".000Z", "Z");
}

/** The thumbprint of a key or certificate in PEM, which is the tenant's `kid`; empty when unreadable. */
function thumbprint(pem: string): string {
  try {
    return keyThumbprint(createPublicKey(pem));
  } catch {
    return "";
  }
}
