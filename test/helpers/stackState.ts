/**
 * The state of a stack in a form in which two runs can be compared: without ids, times and ciphertexts. What is unset
 * the official plugin records as null where it made the object and as empty where it read it, so that is left out too.
 */
import { z } from "zod";
import type { LocalStack } from "./localStack.ts";

const exportSchema = z.object({
  deployment: z.object({
    resources: z.array(z.record(z.string(), z.unknown())),
    pending_operations: z.array(z.unknown()).optional(),
  }),
});

/** Resources by URN, and how many operations are pending. */
export async function comparableState(
  local: LocalStack,
): Promise<{ resources: Record<string, unknown>; pending: number }> {
  const { stdout } = await local.pulumi.must(["stack", "export"]);
  const { deployment } = exportSchema.parse(JSON.parse(stdout));
  const ids = deployment.resources
    .flatMap(({ id, outputs }) => [id, (outputs as { id?: unknown } | undefined)?.id])
    .filter((id): id is string => typeof id === "string" && !id.startsWith("https://"));
  const resources = deployment.resources.map((resource) => {
    const { created: _created, modified: _modified, ...rest } = resource;
    return [String(rest.urn), masked(rest, ids, local.record.domain)] as const;
  });
  return {
    resources: Object.fromEntries(resources.sort(([a], [b]) => a.localeCompare(b))),
    pending: deployment.pending_operations?.length ?? 0,
  };
}

function masked(value: unknown, ids: readonly string[], domain: string): unknown {
  if (typeof value === "string") {
    return ids.reduce((text, id) => text.replaceAll(id, "<id>"), value.replaceAll(domain, "<domain>"));
  }
  if (Array.isArray(value)) {
    const all = value.map((inner) => masked(inner, ids, domain));
    // Lists of URNs, such as dependencies, are in no order.
    return all.every((inner) => typeof inner === "string" && inner.startsWith("urn:")) ? all.sort() : all;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => key !== "__pulumi_raw_state_delta" && !isUnset(inner))
      .map(([key, inner]) => [key, key === "ciphertext" ? "<ciphertext>" : masked(inner, ids, domain)]),
  );
}

function isUnset(value: unknown): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}
