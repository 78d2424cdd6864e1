/** `timesheets-import check`: reports what is wrong with a job file, or what it will do. */
import path from "node:path";
import { exitCodes } from "../../../lib/errors.ts";
import { defineCommand } from "../../terminal/command.ts";
import { print, printJson } from "../../terminal/output.ts";

export const checkCommand = defineCommand({
  name: "check",
  describe: "Check a job file; send nothing",
  examples: [
    ["$0 check import.yaml", "Report every problem, or what the job does"],
    ["$0 check --schema > import.schema.json", "Write the JSON Schema for an editor"],
  ],
  positionals: {
    job: { type: "string", value: "file", default: "import.yaml", describe: "Check this job file" },
  },
  options: { schema: { type: "boolean", describe: "Print the JSON Schema of job files instead" } },
  run: async ({ job: file, schema, json }, context) => {
    if (schema) {
      const { jobSchemaText } = await import("./jsonSchema.ts");
      context.stdout.write(jobSchemaText());
      return exitCodes.done;
    }
    const { loadJob } = await import("./loadJob.ts");
    const { describeJob } = await import("./describeJob.ts");
    const job = await loadJob(path.resolve(context.cwd, file), file);
    if (json) printJson(context, job);
    else for (const line of [`${file} is sound.`, ...describeJob(job)]) print(context, line);
    return exitCodes.done;
  },
});
