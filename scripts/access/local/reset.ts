/** `auth0-m2m local reset`: deletes what the local tenant stores, the state of the stack `local` included. */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { exitCodes, ToolError, usageError } from "../../../lib/errors.ts";
import { findLocalRecord, localDataDir } from "../../session/localRecord.ts";
import { defineCommand } from "../../terminal/command.ts";
import { printJson, say } from "../../terminal/output.ts";

/** What `auth0-m2m local` puts into its data folder. */
const contents = new Set(["tenant", "apis", "state", "ids.yaml", "running.json", "trust.pem"]);

export const localReset = defineCommand({
  name: "reset",
  describe: "Delete its data: tenant, entries, and the state of the stack local",
  examples: [["$0 local reset", "Start empty the next time"]],
  run: async ({ json }, context) => {
    const dataDir = localDataDir(context.cwd, context.env);
    const running = findLocalRecord(dataDir);
    if (running) {
      throw new ToolError("local_running", `The local tenant is running (pid ${running.pid}).`, {
        hint: "Stop it first.",
      });
    }
    const existed = existsSync(dataDir);
    if (existed) await assertOwn(dataDir);
    await rm(dataDir, { recursive: true, force: true });
    if (json) printJson(context, { reset: dataDir, existed });
    else say(context, existed ? `Removed ${dataDir}.` : `There is no ${dataDir}; nothing to remove.`);
    return exitCodes.done;
  },
});

/** A M2M_LOCAL_DATA that names the wrong folder must not cost that folder. */
async function assertOwn(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch(() => undefined);
  const foreign = names?.find((name) => !contents.has(name) && !name.startsWith("."));
  if (names && foreign === undefined) return;
  throw usageError(
    `${dataDir} is not the data folder of a local tenant${foreign === undefined ? "" : `: it holds ${foreign}`}.`,
    "M2M_LOCAL_DATA names the folder.",
  );
}
