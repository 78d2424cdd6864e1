/** The forms that a drift report can be written in. */
import { jsonText } from "../../../../lib/json.ts";
import type { DriftReport } from "../reportSchema.ts";
import { type Paint, plain } from "./paint.ts";

export const formats = ["text", "json", "markdown"] as const;
export type Format = (typeof formats)[number];

/** Renders a report, with a final newline; `paint` colours text and is left out for files. */
export async function render(report: DriftReport, format: Format, paint: Paint = plain): Promise<string> {
  if (format === "json") return jsonText(report);
  if (format === "markdown") return (await import("./markdown.ts")).renderMarkdown(report);
  return (await import("./text.ts")).renderText(report, paint);
}
