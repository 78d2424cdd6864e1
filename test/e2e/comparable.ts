/** Makes what two runs leave behind comparable: ids, keys and times by name, secrets as such. */
import type { RecordingTenant } from "../local/provider/recordingTenant.ts";
import { firstKey, secondKey } from "./paritySteps.ts";

/** The tenant's own ids by kind and order of appearance, so that two runs read the same. */
export function createNames() {
  const names = new Map<string, string>([
    [firstKey, "<first key>"],
    [secondKey, "<second key>"],
  ]);
  const kinds: [RegExp, string][] = [
    [/\b[0-9a-f]{24}\b/g, "api"],
    [/\bcgr_\w{16}\b/g, "grant"],
    [/\bcred_\w{22}\b/g, "credential"],
    // Not by a digit: one id in 270 has none. That an id has no capital, or no small letter, is not to be seen.
    [/\b(?=\w*[a-z])(?=\w*[A-Z])[A-Za-z0-9]{32}\b/g, "client"],
  ];
  const counts = new Map<string, number>();
  const nameOf = (id: string, kind: string) => {
    if (!names.has(id)) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      names.set(id, `<${kind} ${counts.get(kind)}>`);
    }
    return names.get(id) ?? id;
  };
  return (text: string) =>
    kinds.reduce(
      (result, [pattern, kind]) => result.replace(pattern, (id) => nameOf(id, kind)),
      names.get(text) ?? text,
    );
}

function rename(value: unknown, name: (text: string) => string): unknown {
  if (typeof value === "string") return name(value);
  if (Array.isArray(value)) return value.map((inner) => rename(inner, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([property, inner]) => [property, rename(inner, name)]),
  );
}

/** What two providers have to agree on: ids and times renamed, sets sorted, nothing instead of what is empty. */
export function comparable(value: unknown, name: (text: string) => string): unknown {
  if (typeof value === "string") return /^\d{4}-\d\d-\d\dT/.test(value) ? "<time>" : name(value);
  if (Array.isArray(value)) {
    const elements = value.map((element) => comparable(element, name));
    return elements.length === 0
      ? undefined
      : elements.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const properties = value as Record<string, unknown>;
  // Encrypted with a salt of its own each time: all that can be compared is that it is a secret.
  if ("ciphertext" in properties) return "<secret>";
  const kept = Object.entries(properties)
    // For a write-only secret that nobody set the official plugin records an encrypted nothing.
    .filter(([property]) => !property.startsWith("__") && property !== "id" && property !== "clientSecretWo")
    .map(([property, inner]) => [property, comparable(inner, name)])
    .filter(([, inner]) => inner !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** What went to the tenant since it was asked last, reads left out, with its ids by name. */
export function writesOf(tenant: Pick<RecordingTenant, "take">, name: (text: string) => string) {
  return byKind(
    tenant
      .take()
      .filter(({ method }) => method !== "GET")
      .map(({ method, path: at, body }): [string, unknown?] => {
        const request = name(`${method} ${at}`);
        return body === undefined ? [request] : [request, rename(body, name)];
      }),
  );
}

/** Resources of different kinds are worked on side by side; within a kind the order counts. */
export function byKind<Write extends readonly [string, unknown?]>(writes: readonly Write[]): Write[] {
  const kinds = ["resource-servers", "clients", "client-grants"];
  const kind = ([request]: Write) => kinds.indexOf(request.split(/[ /]+/)[1] ?? "");
  return [...writes].sort((a, b) => kind(a) - kind(b));
}
