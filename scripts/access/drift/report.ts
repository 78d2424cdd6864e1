/** The report of a drift check, put together from the findings of each stack. */
import type { Finding } from "../../differences/finding.ts";
import type { Cause, DriftReport, ReportedFinding, StackReport } from "./reportSchema.ts";

/** Raised when a reader of the previous version could be misled. */
const reportVersion = 1;
/** Where a report says its shape is described. */
export const schemaAddress = "drift-report.schema.json";

/** A finding as the report has it. */
export function reported(found: Finding, cause: Cause | undefined, stack: string): ReportedFinding {
  const { resource, undoneByUp: _, blocksUp: __, fix, ...rest } = found;
  return {
    ...rest,
    fix: fix.command === undefined ? fix : { ...fix, command: `${fix.command} --stack ${stack}` },
    resource: resource.path,
    name: resource.name,
    object: resource.object,
    expected: rest.expected as ReportedFinding["expected"],
    actual: rest.actual as ReportedFinding["actual"],
    cause: cause ?? null,
  };
}

/** The whole report; a stack that failed makes the result `failed`, whatever the others show. */
export function createDriftReport(stacks: readonly StackReport[], now: Date): DriftReport {
  const findings = stacks.flatMap((stack) => stack.findings);
  const count = (kind: Finding["kind"]) => findings.filter((found) => found.kind === kind).length;
  const failed = stacks.filter(({ status }) => status === "failed").length;
  const drifted = stacks.some(({ status }) => status === "drift");
  return {
    $schema: schemaAddress,
    version: reportVersion,
    generatedAt: now.toISOString(),
    result: failed > 0 ? "failed" : drifted ? "drift" : "clean",
    summary: {
      changed: count("changed"),
      missing: count("missing"),
      unmanaged: count("unmanaged"),
      weakened: findings.filter(({ weakened }) => weakened).length,
      accepted: stacks.reduce((sum, { accepted }) => sum + accepted.length, 0),
      expired: stacks.reduce((sum, { expired }) => sum + expired.length, 0),
      failed,
    },
    stacks: [...stacks],
  };
}
