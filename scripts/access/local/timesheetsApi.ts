/** Runs the Timesheets API as a process of its own, which ends with this one. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ToolError } from "../../../lib/errors.ts";
import type { RunningTimesheetsApi, TimesheetsApiOptions } from "../../../timesheets/api/serve.ts";

const entry = fileURLToPath(
  new URL(`../../../timesheets/api/main${import.meta.filename.slice(-3)}`, import.meta.url),
);

const answerSchema = z.union([
  z.object({ url: z.string() }),
  z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }) }),
]);

/**
 * Starts it and waits until it listens.
 * @throws {ToolError} what it failed with, such as `port_taken`; else `timesheets_api_failed` with what it said.
 */
export async function startTimesheetsApi(options: TimesheetsApiOptions): Promise<RunningTimesheetsApi> {
  const child = spawn(process.execPath, [entry], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  // Kept open: its end tells the API that its parent is gone.
  child.stdin.write(`${JSON.stringify(options)}\n`);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) => {
      const answer = answerSchema.parse(JSON.parse(line));
      if ("url" in answer) return resolve(answer.url);
      const { code, message, hint } = answer.error;
      return reject(new ToolError(code, message, { hint: hint ?? undefined }));
    });
    child.once("error", reject);
    child.once("close", () =>
      reject(new ToolError("timesheets_api_failed", said.trim() || "The Timesheets API did not start.")),
    );
  });
  return {
    url,
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}
