/** The job that needs no file: contractors' hours for the Timesheets API. */
import { uploadEndpoint } from "../../../timesheets/endpoints.ts";
import { longestText } from "../../../timesheets/entry.ts";
import { type Job, jobSchema } from "./schema.ts";

export const timesheetsJob: Job = jobSchema.parse({
  name: "timesheets",
  endpoint: `${uploadEndpoint.method} /${uploadEndpoint.path}`,
  scope: uploadEndpoint.scope,
  batch: { most: 500, lone: "object" },
  fields: {
    user_id: { longest: longestText },
    date: { type: "date" },
    project: { longest: longestText },
    hours: { type: "number", over: 0, most: 24, decimals: 2 },
  },
  key: ["user_id", "date", "project"],
  exactlyOnce: true,
});
