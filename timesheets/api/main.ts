/** The Timesheets API as a process of its own: one line of JSON options on stdin, one line `{"url"}` or `{"error"}` on stdout. */
import process from "node:process";
import { createInterface } from "node:readline";
import { z } from "zod";
import { errorDocument } from "../../lib/errors.ts";
import { serveTimesheetsApi } from "./serve.ts";

const optionsSchema = z.strictObject({
  dataDir: z.string(),
  port: z.int().min(0).max(65535).optional(),
  host: z.string().optional(),
  issuer: z.url(),
  audience: z.string(),
  signingAlgorithm: z.enum(["RS256", "PS256", "HS256"]).optional(),
  secret: z.string().optional(),
  tenant: z.strictObject({ domain: z.string(), clientId: z.string(), clientSecret: z.string() }).optional(),
  tokenProfile: z.enum(["auth0", "rfc9068"]).optional(),
  caFile: z.string().optional(),
});

/** Serves until stdin ends, the parent disconnects, or a polite signal comes. */
async function run(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  // The options come on stdin because a signing secret must not be seen in a process list.
  const first = await new Promise<string>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => resolve(""));
  });
  const api = await serveTimesheetsApi(optionsSchema.parse(JSON.parse(first)));
  const stop = () => {
    lines.close();
    process.stdin.destroy();
    if (process.connected) process.disconnect();
    void api.close();
  };
  lines.once("close", stop);
  process.once("disconnect", stop);
  // The parent answers Ctrl-C for both: a terminal sends it to the whole group.
  process.on("SIGINT", () => {});
  process.once("SIGTERM", stop);
  process.stdout.write(`${JSON.stringify({ url: api.url })}\n`);
}

run().catch((error: unknown) => {
  process.stdout.write(`${JSON.stringify(errorDocument(error))}\n`);
  process.exitCode = 1;
  // The parent holds it open.
  process.stdin.destroy();
});
