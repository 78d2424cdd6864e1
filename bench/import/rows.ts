/** Rows that are all valid and all different. */
import { closeSync, openSync, writeSync } from "node:fs";

export function rowAt(index: number): { user_id: string; date: string; project: string; hours: number } {
  const day = new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 10_000) * 86_400_000);
  return {
    user_id: `contractor-${String(index % 10_000).padStart(4, "0")}`,
    date: day.toISOString().slice(0, 10),
    project: `project-${index % 97}`,
    hours: ((index % 32) + 1) / 4,
  };
}

export function writeCsv(file: string, rows: number): void {
  const handle = openSync(file, "w");
  let text = "user_id,date,project,hours\n";
  for (let index = 0; index < rows; index++) {
    const { user_id, date, project, hours } = rowAt(index);
    text += `${user_id},${date},${project},${hours}\n`;
    if (text.length > 1_000_000) {
      writeSync(handle, text);
      text = "";
    }
  }
  writeSync(handle, text);
  closeSync(handle);
}

/** The bodies that an import of the same rows sends. */
export function bodies(rows: number, batchSize: number): string[] {
  const found: string[] = [];
  for (let first = 0; first < rows; first += batchSize) {
    const entries = Array.from({ length: Math.min(batchSize, rows - first) }, (_, index) =>
      rowAt(first + index),
    );
    found.push(JSON.stringify(batchSize === 1 ? entries[0] : entries));
  }
  return found;
}
