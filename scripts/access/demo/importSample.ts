/** Imports the supplied sample through the import command itself, and reads its summary. */
import path from "node:path";
import { Writable } from "node:stream";
import { z } from "zod";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { main as importMain } from "../../import/main.ts";
import { localStack } from "../../session/localRecord.ts";
import type { Context } from "../../terminal/command.ts";

const summarySchema = z.object({
  rows: z.number(),
  accepted: z.number(),
  rejected: z.number(),
  requests: z.number(),
  tokens: z.number(),
});

export type ImportOutcome = z.infer<typeof summarySchema>;

/** @param folder Where rejects and checkpoint go. */
export async function importSample(
  context: Context,
  { sample, folder }: { readonly sample: string; readonly folder: string },
): Promise<ImportOutcome> {
  let text = "";
  const collect = (into: (chunk: string) => void) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        into(chunk.toString("utf8"));
        done();
      },
    });
  let said = "";
  const code = await importMain(
    [
      sample,
      "--stack",
      localStack,
      "--rejects",
      path.join(folder, "rejects.csv"),
      "--checkpoint",
      path.join(folder, "checkpoint.json"),
      "--json",
    ],
    {
      ...context,
      stdout: collect((chunk) => {
        text += chunk;
      }),
      stderr: collect((chunk) => {
        said += chunk;
      }),
    },
  );
  if (code === exitCodes.done || code === exitCodes.rejected) return summarySchema.parse(JSON.parse(text));
  throw new ToolError("import_failed", `The import ended with exit code ${code}.\n${said}${text}`, {
    exitCode: code,
  });
}
