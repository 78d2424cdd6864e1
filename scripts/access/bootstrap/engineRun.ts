/** The engine's part of a bootstrap: its imports, its updates, and what a killed run left in its way. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { pluginVersion } from "../../../engine/version.ts";
import { ToolError } from "../../../lib/errors.ts";
import { parseJson } from "../../../lib/json.ts";
import type { EngineState } from "../../pulumi/engineState.ts";
import { pulumiError } from "../../pulumi/pulumi.ts";
import type { Session } from "../../session/session.ts";
import { importFile } from "./importFile.ts";
import type { Step } from "./plan.ts";

type Engine = Pick<Session, "pulumi">;

/**
 * Runs one command that changes the stack. A lock is not waited for here: its holder has changed what the plan was
 * made from.
 * @throws {StackLocked} `stack_locked`. @throws {ToolError} with the engine's own words
 */
async function runEngine(session: Engine, args: readonly string[]): Promise<string> {
  const result = await (await session.pulumi()).run(args, { shown: true });
  if (result.code === 0) return result.stdout;
  throw withHint(pulumiError(args, result), result.stdout + result.stderr);
}

function withHint(error: ToolError, output: string): ToolError {
  if (error.hint !== undefined) return error;
  const protectedOne = /cannot be deleted because it is protected|marked for protection/i.test(output);
  const hint = protectedOne
    ? "It is protected. To delete it on purpose: npx pulumi state unprotect '<its URN>', and run this again."
    : "Run it again once the cause is gone: it reads the tenant again and continues from there.";
  return new ToolError(error.code, error.message, { exitCode: error.exitCode, hint, cause: error });
}

/** Forgets creations that were cut short, and objects that are gone; what was made after all is adopted next. */
export function refresh(session: Engine): Promise<string> {
  return runEngine(session, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]);
}

/** Takes an object out of the state and leaves it in the tenant, to be adopted again. */
export function forget(session: Engine, urn: string): Promise<string> {
  return runEngine(session, ["state", "delete", urn, "--yes"]);
}

/** Brings what the steps adopt under management. */
export async function importSteps(
  session: Engine,
  steps: readonly Step[],
  state: EngineState,
): Promise<void> {
  await withFile(async (file) => {
    await writeFile(file, JSON.stringify(importFile(steps, state.urns, pluginVersion)), { mode: 0o600 });
    const flags = ["--generate-code=false", "--protect=false", "--skip-preview", "--yes"];
    await runEngine(session, ["import", "--file", file, ...flags]);
  });
}

/**
 * Makes the tenant as the program says; returns whether that took any change.
 * @param except URNs of resources that stay as they are.
 */
export async function update(
  session: Engine,
  { refresh, except }: { readonly refresh: boolean; readonly except: readonly string[] },
): Promise<boolean> {
  return withFile(async (file) => {
    const flags = ["--yes", "--skip-preview", "--event-log", file, ...(refresh ? ["--refresh"] : [])];
    flags.push(...except.flatMap((urn) => ["--exclude", urn]));
    await runEngine(session, ["up", ...flags]);
    return hasChanged(await readFile(file, "utf8"));
  });
}

const eventSchema = z.object({
  summaryEvent: z.object({ resourceChanges: z.record(z.string(), z.number()).nullish() }).optional(),
});

/**
 * Whether a run changed any resource, by its last summary. @param log One engine event a line
 * (Pulumi: sdk/go/common/apitype/events.go).
 */
function hasChanged(log: string): boolean {
  const events = log.split("\n").map((line) => eventSchema.safeParse(parseJson(line)).data);
  const summary = events.findLast((event) => event?.summaryEvent)?.summaryEvent;
  return Object.entries(summary?.resourceChanges ?? {}).some(
    ([operation, count]) => operation !== "same" && count > 0,
  );
}

/** Lends the path of a file in a folder of its own, which is removed afterwards. */
async function withFile<T>(work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "auth0-m2m-"));
  try {
    return await work(path.join(folder, "file.json"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
