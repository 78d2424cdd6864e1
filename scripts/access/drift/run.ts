/** A drift check from its options to its exit code: compare every stack, fix where asked, report, judge. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import {
  type ExitCode,
  errorCode,
  exitCodeOf,
  exitCodes,
  ToolError,
  usageError,
} from "../../../lib/errors.ts";
import { assertReplaceable } from "../../../lib/files.ts";
import { mapConcurrently } from "../../../lib/mapConcurrently.ts";
import { assertOwn, writeOwnFile } from "../../../lib/ownFile.ts";
import { readAcceptances } from "../../differences/acceptances.ts";
import { findProjectRoot } from "../../session/project.ts";
import { createRateGate, type RateGate } from "../../tenant/rateGate.ts";
import type { Context } from "../../terminal/command.ts";
import { painter, print, printRaw } from "../../terminal/output.ts";
import { type Checked, type CheckOptions, checkStack, type Failed } from "./check.ts";
import { type Format, formats, render } from "./formats/index.ts";
import { createDriftReport } from "./report.ts";
import type { DriftReport } from "./reportSchema.ts";
import { findTargets, type Target, type TargetOptions } from "./target.ts";

export type FailOn = "any" | "weakened" | "never";

export interface DriftOptions extends TargetOptions {
  readonly json: boolean;
  readonly format: Format;
  readonly output: readonly string[];
  readonly failOn: FailOn;
  readonly blame?: boolean | undefined;
  readonly scanApplications: boolean;
  readonly fix: boolean;
  readonly yes: boolean;
  readonly engine: boolean;
}

/** So many stacks are compared at once; the rest wait. */
const mostAtOnce = 16;

export async function runDrift(options: DriftOptions, context: Context): Promise<ExitCode> {
  const files = options.output.map((value) => outputFile(value, context.cwd));
  await Promise.all(files.map(({ file }) => assertPlace(file)));
  const targets = await findTargets(options, context);
  if (options.fix) {
    const { requireAnswer } = await import("../../terminal/confirm.ts");
    requireAnswer(context, options.yes, "Add --yes to let --fix run pulumi up without asking.");
  }
  const check = checkerOf(options, context);
  let results = await mapConcurrently(targets, mostAtOnce, check);
  if (options.fix) results = await fixStacks(results, targets, check, options, context);
  if (options.engine) {
    const { addEngineView } = await import("./engineView.ts");
    results = await addEngineView(results);
  }
  const report = createDriftReport(
    results.map((result) => result.report),
    new Date(),
  );
  for (const { format, file } of files) await writeReport(file, await render(report, format));
  const failures = results.filter((result) => "error" in result);
  // One stack that fails is a failed command; among several it is part of the report.
  if (targets.length === 1 && failures[0]) throw failures[0].error;
  const format = options.json ? "json" : options.format;
  const text = await render(report, format, painter(context.stdout, context.env));
  if (format === "text") print(context, text.trimEnd());
  else printRaw(context, text);
  return verdict(report, failures, options.failOn);
}

/** Checked before anything is compared or fixed. */
async function assertPlace(file: string): Promise<void> {
  try {
    if (isStream(file)) return;
    await assertOwn(file);
    await assertReplaceable(file);
  } catch (cause) {
    throw notWritable(file, cause);
  }
}

async function writeReport(file: string, text: string): Promise<void> {
  try {
    await (isStream(file) ? writeFile(file, text) : writeOwnFile(file, text));
  } catch (cause) {
    throw notWritable(file, cause);
  }
}

/** What this process writes to already, or throws away; anything else is a file of its own. */
function isStream(file: string): boolean {
  return /^\/dev\/(stdout|stderr|null|fd\/\d+)$/.test(file);
}

function notWritable(file: string, cause: unknown): ToolError {
  if (cause instanceof ToolError) return cause;
  return usageError(
    `The report cannot be written to ${file} (${errorCode(cause)}).`,
    "Name a file in a folder that exists and that you may write to.",
  );
}

function checkerOf(options: DriftOptions, context: Context) {
  const gates = new Map<string, RateGate>();
  const settings: CheckOptions = {
    scanApplications: options.scanApplications,
    blame: options.blame,
    acceptances: readAcceptances(findProjectRoot(context.cwd)),
    gateOf: (domain) => {
      const gate = gates.get(domain) ?? createRateGate({ signal: context.signal });
      gates.set(domain, gate);
      return gate;
    },
  };
  return (target: Target) => checkStack(target, settings, context);
}

async function fixStacks(
  results: readonly (Checked | Failed)[],
  targets: readonly Target[],
  check: (target: Target) => Promise<Checked | Failed>,
  { yes }: DriftOptions,
  context: Context,
): Promise<(Checked | Failed)[]> {
  const { fixStack } = await import("./fix.ts");
  const after: (Checked | Failed)[] = [];
  for (const [index, result] of results.entries()) {
    const target = targets[index];
    let current = result;
    // A grant made again by hand is adopted by the first run as it stands, and written by the second.
    for (let round = 0; round < 2 && target && !("error" in current); round += 1) {
      if (round > 0 && current.fixPlan.fixable.length === 0) break;
      if (!(await fixStack(current, yes || round > 0, context))) break;
      current = await check(target);
    }
    after.push(current);
  }
  return after;
}

function verdict(report: DriftReport, failures: readonly Failed[], failOn: FailOn): ExitCode {
  const codes = new Set(failures.map(({ error }) => exitCodeOf(error)));
  const [code] = codes;
  if (code !== undefined) return codes.size === 1 ? code : exitCodes.failure;
  if (failOn === "never" || report.result === "clean") return exitCodes.done;
  return failOn === "any" || report.summary.weakened > 0 ? exitCodes.drift : exitCodes.done;
}

function outputFile(value: string, cwd: string): { format: Format; file: string } {
  const [, name, file] = /^([^=]*)=(.+)$/.exec(value) ?? [];
  const format = formats.find((known) => known === name);
  if (format !== undefined && file !== undefined) return { format, file: path.resolve(cwd, file) };
  throw usageError(
    `--output ${value} is not FORMAT=FILE.`,
    `FORMAT is one of ${formats.join(", ")}, e.g. --output markdown=drift.md.`,
  );
}
