/** `timesheets-import status`: how far the imports of a file are, all shards of it together. */
import { exitCodes } from "../../lib/errors.ts";
import { defineCommand } from "../terminal/command.ts";
import { print, printJson } from "../terminal/output.ts";

export const statusCommand = defineCommand({
  name: "status",
  describe: "Show how far the imports of a file are, all shards together",
  examples: [["$0 status hours.csv", "Show what the checkpoints beside the file say"]],
  positionals: {
    files: {
      type: "string",
      value: "file",
      required: true,
      repeatable: true,
      describe: "Show the imports of these files",
    },
  },
  async run({ files, json }, context) {
    const { describeStatus, readStatus } = await import("./keep/status.ts");
    const statuses = await Promise.all(files.map((file) => readStatus(file, context.cwd)));
    if (json) printJson(context, { inputs: statuses });
    else for (const status of statuses) for (const line of describeStatus(status)) print(context, line);
    return exitCodes.done;
  },
});
