/** Runs an API of the project as a process of its own, which ends with this one. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Api } from "../../../infra/accessModel.ts";
import { ToolError } from "../../../lib/errors.ts";
import { parseJson } from "../../../lib/json.ts";

/** What the module reads from its standard input, as one line of JSON. */
export interface ApiProcessOptions extends Pick<Api, "signingAlgorithm" | "tokenProfile"> {
  /** Folder for its data; made where it is missing. */
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The tenant, with the slash at its end. */
  readonly issuer: string;
  /** The API's identifier. */
  readonly audience: string;
  /** PEM of the authority behind the tenant's certificate. */
  readonly caFile: string;
  /** For HS256 alone: where the API's signing secret is to be had. */
  readonly tenant?: { readonly domain: string; readonly clientId: string; readonly clientSecret: string };
}

export interface RunningApi {
  readonly url: string;
  /** Resolves once it has ended. */
  close(): Promise<void>;
}

const answerSchema = z.union([
  z.object({ url: z.string() }),
  z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }) }),
]);

/**
 * Starts it and waits until it prints its address.
 * @param module Absolute path of the module that serves it.
 * @throws {ToolError} what it failed with, such as `port_taken`; else `local_api_failed` with what it printed.
 */
export async function startApiProcess(module: string, options: ApiProcessOptions): Promise<RunningApi> {
  const child = spawn(process.execPath, [module], { stdio: ["pipe", "pipe", "pipe"] });
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  // One that ends at once takes nothing; its exit says more than the broken pipe.
  child.stdin.on("error", () => {});
  // Kept open: the API sees by its end that the parent is gone.
  child.stdin.write(`${JSON.stringify(options)}\n`);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    const failed = (reason: string) => reject(new ToolError("local_api_failed", `${module}: ${reason}`));
    createInterface({ input: child.stdout }).once("line", (line) => {
      const answer = answerSchema.safeParse(parseJson(line));
      if (!answer.success) return failed('its first line is neither {"url"} nor {"error"}.');
      if ("url" in answer.data) return resolve(answer.data.url);
      const { code, message, hint } = answer.data.error;
      return reject(new ToolError(code, message, { hint: hint ?? undefined }));
    });
    child.once("error", reject);
    child.once("close", () => failed(printed.trim() || "it ended without an address."));
  });
  return {
    url,
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}
