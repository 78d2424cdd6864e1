/** Single values of the tenant: its domain, its settings, the ids of its first start. */
import type { Database } from "../database.ts";
import type { Json } from "../json.ts";

export function facts(database: Database) {
  // Nobody else writes to the file, and settings are read for every token.
  const read = new Map<string, Json | undefined>();
  return {
    get<Value extends Json>(name: string): Value | undefined {
      if (read.has(name)) return read.get(name) as Value | undefined;
      const row = database.get<{ value: string }>("SELECT value FROM facts WHERE name = ?", name);
      const value = row && (JSON.parse(row.value) as Value);
      read.set(name, value);
      return value;
    },
    set(name: string, value: Json): void {
      read.delete(name);
      database.run("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, JSON.stringify(value));
    },
  };
}
