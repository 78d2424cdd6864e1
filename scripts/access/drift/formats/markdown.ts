/** The report for a pull request or a job summary. */
import { markdownCode as code, markdownText as plain } from "../../../../lib/markup.ts";
import type { DriftReport, ReportedFinding, StackReport } from "../reportSchema.ts";
import { causeText, summaryText, valueText } from "./words.ts";

export function renderMarkdown(report: DriftReport): string {
  return `${["# Drift", summaryText(report), ...report.stacks.map(stackSection)].join("\n\n")}\n`;
}

function stackSection(stack: StackReport): string {
  const head = `## ${plain(stack.stack)}${stack.tenant ? ` (${plain(stack.tenant)})` : ""}`;
  if (stack.error)
    return `${head}\n\n**Not compared**: ${plain(stack.error.message)} ${plain(stack.error.hint ?? "")}`;
  const asides = [
    ...stack.accepted.map(
      ({ finding, acceptance }) =>
        `- accepted until ${acceptance.until}: ${code(finding.path)}, ${plain(acceptance.reason)}`,
    ),
    ...stack.expired.map(({ path, until }) => `- **no longer accepted since ${until}**: ${code(path)}`),
    ...stack.unused.map(({ path }) => `- accepted, but no longer there: ${code(path)}`),
    ...(stack.engine?.disagreements ?? []).map((line) => `- ${plain(line)}`),
    ...stack.notes.map((note) => `- note: ${plain(note)}`),
  ];
  const body = stack.findings.length === 0 ? "No difference." : table(stack.findings);
  return [head, body, ...(asides.length > 0 ? [asides.join("\n")] : [])].join("\n\n");
}

function table(findings: readonly ReportedFinding[]): string {
  const rows = findings.map((found) => {
    const severity = found.weakened ? "**weakened**" : found.severity;
    const cells = [
      code(found.path),
      found.kind,
      severity,
      cell(found.expected),
      cell(found.actual),
      found.cause ? plain(causeText(found.cause)) : "",
      plain(found.fix.text),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| What | Kind | Severity | Expected | Actual | By | Fix |",
    "|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function cell(value: ReportedFinding["expected"]): string {
  return value === null ? "" : code(valueText(value));
}
