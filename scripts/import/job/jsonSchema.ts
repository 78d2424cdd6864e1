/** The JSON Schema (2020-12) of a job file, for editors and for what is said about mistakes in one. */
import * as z from "zod";
import { jobSchema } from "./schema.ts";

export function jobJsonSchema() {
  const { $schema, ...schema } = z.toJSONSchema(jobSchema, { io: "input" });
  return {
    $schema,
    title: "Import job",
    description: "What timesheets-import sends where, and what the answers mean.",
    ...schema,
  };
}

/** The same as text with a final newline, as docs/import.schema.json has it. */
export function jobSchemaText(): string {
  return `${JSON.stringify(jobJsonSchema(), null, 2)}\n`;
}
