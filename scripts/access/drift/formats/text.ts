/** The report for a terminal: by stack and resource, each difference with its before and after. */
import { plainText } from "../../../../lib/text.ts";
import type { DriftReport, ReportedFinding, StackReport } from "../reportSchema.ts";
import type { Paint } from "./paint.ts";
import { causeText, summaryText, valueText } from "./words.ts";

export function renderText(report: DriftReport, paint: Paint): string {
  const stacks = report.stacks.map((stack) => stackText(stack, paint));
  return `${[...stacks, summaryText(report)].join("\n\n")}\n`;
}

function stackText(stack: StackReport, paint: Paint): string {
  const head = paint("bold", `${stack.stack}${stack.tenant ? ` (${stack.tenant})` : ""}`);
  if (stack.error) {
    const { message, hint } = stack.error;
    const lines = [...message.split("\n"), ...(hint?.split("\n") ?? [])].map(
      (line) => `\n  ${plainText(line)}`,
    );
    return `${head}: ${paint("red", "not compared")}${lines.join("")}`;
  }
  const groups = Map.groupBy(stack.findings, ({ resource }) => resource);
  const lines = [...groups].map(([resource, findings]) => {
    const title = `  ${paint("bold", plainText(resource))}  ${paint("dim", plainText(findings[0]?.name ?? ""))}`;
    return [title, ...findings.map((found) => findingText(found, paint))].join("\n");
  });
  const asides = [
    ...(stack.mending.paths.length > 0
      ? [`  drift --fix --stack ${stack.stack} writes back: ${plainText(stack.mending.paths.join(", "))}`]
      : []),
    ...stack.mending.leftAlone.map((line) => `  left alone by --fix: ${plainText(line)}`),
    ...stack.accepted.map(
      ({ finding, acceptance }) =>
        `  accepted until ${acceptance.until}: ${plainText(`${finding.path} (${acceptance.reason})`)}`,
    ),
    ...stack.expired.map(({ path, until }) =>
      paint("red", `  no longer accepted since ${until}: ${plainText(path)}`),
    ),
    ...stack.unused.map(({ path }) => `  accepted, but no longer there: ${plainText(path)}`),
    ...(stack.engine?.disagreements ?? []).map((line) => `  ${paint("yellow", plainText(line))}`),
    ...stack.notes.map((note) => `  note: ${plainText(note)}`),
  ];
  const none = stack.findings.length === 0 ? `: ${paint("green", "no difference")}` : "";
  return [`${head}${none}`, ...lines, ...asides].join("\n");
}

function findingText(found: ReportedFinding, paint: Paint): string {
  const mark = found.weakened ? paint("red", "weakened") : found.severity;
  const lines = [
    `    ${plainText(found.property) || "(whole)"}  ${paint("dim", `${found.kind}, `)}${mark}${paint("dim", `, ${found.id}`)}`,
    `      ${plainText(found.message)}`,
    ...(found.expected === null ? [] : [paint("green", `      - expected  ${valueText(found.expected)}`)]),
    ...(found.actual === null ? [] : [paint("red", `      + actual    ${valueText(found.actual)}`)]),
    ...(found.cause ? [`      by ${causeText(found.cause)}`] : []),
    `      fix: ${plainText(found.fix.text)}${found.fix.command ? ` (${found.fix.command})` : ""}`,
    ...(found.fix.yaml ? [found.fix.yaml.trimEnd().replaceAll(/^/gm, "           ")] : []),
  ];
  return lines.join("\n");
}
