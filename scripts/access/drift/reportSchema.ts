/** The shape of the report of a drift check. A check itself needs its types alone, and does not load this. */
import { z } from "zod";
import { schemaAddress } from "./report.ts";

const json = z.json();

const causeSchema = z
  .strictObject({
    logId: z.string(),
    date: z.string().describe("When the tenant logged it, ISO 8601."),
    actor: z.string().describe("Who did it: a Dashboard user or a client, by name and id."),
    by: z.enum(["dashboard", "api", "unknown"]),
    clientId: z.string().nullable(),
    user: z.string().nullable(),
    ip: z.string().nullable(),
    description: z.string(),
    request: z.string().describe("Method and path, e.g. PATCH /api/v2/clients/abc."),
  })
  .describe("The entry of the tenant log that explains a finding.");
export type Cause = z.infer<typeof causeSchema>;

const findingSchema = z.strictObject({
  id: z.string().describe("The same for the same difference in every run and on every stack."),
  kind: z.enum(["changed", "missing", "unmanaged"]),
  weakened: z.boolean().describe("Security is lower than the model says."),
  severity: z.enum(["high", "medium", "low"]).describe("high exactly where weakened is true."),
  resource: z.string().describe("Path of the resource in the access model, e.g. applications.import-job."),
  name: z.string().describe("What the Dashboard calls it."),
  property: z.string().describe("The property in the Management API's words; empty for the resource itself."),
  path: z.string().describe("resource and property joined: what infra/drift-ignore.yaml names."),
  object: z.strictObject({
    type: z.enum(["resource_server", "client", "client_grant", "credential"]),
    id: z.string().optional(),
    clientId: z.string().optional(),
    audience: z.string().optional(),
  }),
  expected: json,
  actual: json,
  message: z.string(),
  fix: z.strictObject({ text: z.string(), command: z.string().optional(), yaml: z.string().optional() }),
  cause: causeSchema.nullable(),
});
export type ReportedFinding = z.infer<typeof findingSchema>;

const acceptanceSchema = z.strictObject({
  path: z.string(),
  stack: z.string().optional(),
  reason: z.string(),
  until: z.string().describe("The last day on which the difference is accepted (UTC)."),
});

const engineSchema = z.strictObject({
  resources: z.array(
    z.strictObject({
      urn: z.string(),
      refresh: z.string().describe("What refresh --preview-only says: update, delete, or same."),
      preview: z.string().describe("What preview --refresh says: create, update, replace, delete, or same."),
      paths: z.array(z.string()).describe("Properties that the engine says differ."),
    }),
  ),
  disagreements: z.array(z.string()),
});

const stackSchema = z.strictObject({
  stack: z.string(),
  tenant: z.string().nullable().describe("The tenant's host."),
  status: z.enum(["clean", "drift", "failed"]),
  error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
  findings: z.array(findingSchema),
  accepted: z.array(z.strictObject({ finding: findingSchema, acceptance: acceptanceSchema })),
  expired: z.array(acceptanceSchema).describe("Accepted differences whose end date has passed."),
  unused: z.array(acceptanceSchema).describe("Accepted differences that are no longer there."),
  notes: z.array(z.string()).describe("What was not looked at, and why."),
  mending: z
    .strictObject({ paths: z.array(z.string()), leftAlone: z.array(z.string()) })
    .describe("What --fix would write back, and which changes and losses it leaves alone with the reason."),
  requests: z.strictObject({ management: z.int(), logs: z.int() }),
  milliseconds: z.int(),
  engine: engineSchema.optional(),
});
export type StackReport = z.infer<typeof stackSchema>;

/** The validator of the JSON report. */
export const reportSchema = z.strictObject({
  $schema: z.string(),
  version: z.literal(1),
  generatedAt: z.string(),
  result: z.enum(["clean", "drift", "failed"]),
  summary: z.strictObject({
    changed: z.int(),
    missing: z.int(),
    unmanaged: z.int(),
    weakened: z.int(),
    accepted: z.int(),
    expired: z.int(),
    failed: z.int().describe("Stacks that could not be compared."),
  }),
  stacks: z.array(stackSchema),
});
export type DriftReport = z.infer<typeof reportSchema>;

/** The published JSON Schema (2020-12), as text with a final newline. */
export function reportJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(reportSchema);
  const described = {
    $schema,
    $id: schemaAddress,
    title: "Drift report",
    description: "What `auth0-m2m drift --json` prints.",
    ...schema,
  };
  return `${JSON.stringify(described, null, 2)}\n`;
}
