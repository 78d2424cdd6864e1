/** What Pulumi's own two checks say of a stack, and where they and ours disagree. */
import { z } from "zod";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { urnOf } from "../../differences/resources.ts";
import { type Pulumi, type PulumiRun, pulumiError } from "../../pulumi/pulumi.ts";
import type { Checked, Failed } from "./check.ts";

const stepsSchema = z.looseObject({
  steps: z
    .array(
      z.looseObject({
        op: z.string(),
        urn: z.string(),
        detailedDiff: z.record(z.string(), z.unknown()).nullish(),
        diffReasons: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});

interface Step {
  readonly op: string;
  readonly paths: readonly string[];
}

/** Adds the engine's view to every stack that was compared; one after the other, for the engine is heavy. */
export async function addEngineView(results: readonly (Checked | Failed)[]): Promise<(Checked | Failed)[]> {
  const after: (Checked | Failed)[] = [];
  for (const result of results) {
    if ("error" in result) after.push(result);
    else after.push(await withEngineView(result, await result.session.pulumi()));
  }
  return after;
}

async function withEngineView(checked: Checked, pulumi: Pulumi): Promise<Checked> {
  const refresh = await stepsOf(pulumi, ["refresh", "--preview-only", "--json"]);
  const preview = await stepsOf(pulumi, ["preview", "--refresh", "--json"]);
  const urns = [...new Set([...refresh.keys(), ...preview.keys()])].sort();
  const resources = urns.map((urn) => ({
    urn,
    refresh: refresh.get(urn)?.op ?? "same",
    preview: preview.get(urn)?.op ?? "same",
    paths: [...new Set([...(refresh.get(urn)?.paths ?? []), ...(preview.get(urn)?.paths ?? [])])].sort(),
  }));
  const engine = { resources, disagreements: disagreements(checked, refresh, preview) };
  return { ...checked, report: { ...checked.report, engine } };
}

function disagreements(
  { session: { stack }, sorted }: Checked,
  refresh: ReadonlyMap<string, Step>,
  preview: ReadonlyMap<string, Step>,
): string[] {
  const findings = [...sorted.open, ...sorted.accepted.map(({ finding }) => finding)];
  const ours = new Set(findings.map(({ resource }) => urnOf(stack, resource.pulumi)));
  const unseen = findings.filter(({ resource }) => {
    const urn = urnOf(stack, resource.pulumi);
    return !refresh.has(urn) && !preview.has(urn);
  });
  const extra = [...new Set([...refresh.keys(), ...preview.keys()])].filter(
    (urn) => !ours.has(urn) && urn.includes("auth0:index/"),
  );
  return [
    ...unseen.map(({ path }) => `Pulumi sees nothing of ${path}.`),
    ...extra.sort().map((urn) => `Pulumi alone sees a difference in ${urn}.`),
  ];
}

async function stepsOf(pulumi: Pulumi, args: readonly string[]) {
  const result = await pulumi.run(args);
  if (result.code !== 0) throw pulumiError(args, result);
  const steps = new Map<string, Step>();
  for (const { op, urn, detailedDiff, diffReasons } of parseSteps(args, result)) {
    if (op === "same" || op === "read" || op === "refresh") continue;
    steps.set(urn, { op, paths: [...Object.keys(detailedDiff ?? {}), ...(diffReasons ?? [])] });
  }
  return steps;
}

function parseSteps(args: readonly string[], { stdout }: PulumiRun) {
  try {
    return stepsSchema.parse(JSON.parse(stdout)).steps ?? [];
  } catch (cause) {
    throw new ToolError(
      "engine_view_unreadable",
      `pulumi ${args.join(" ")} printed no JSON that can be read.`,
      {
        exitCode: exitCodes.failure,
        cause,
      },
    );
  }
}
