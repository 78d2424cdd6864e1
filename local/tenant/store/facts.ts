/** Single values of the tenant: its domain, its settings, the ids of its first start. */
import type { Database } from "../database.ts";
import type { Json } from "../json.ts";

export function facts(database: Database) {
  return {
    get<Value extends Json>(name: string): Value | undefined {
      const row = database.get<{ value: string }>("SELECT value FROM facts WHERE name = ?", name);
      return row && (JSON.parse(row.value) as Value);
    },
    set(name: string, value: Json): void {
      database.run("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, JSON.stringify(value));
    },
  };
}
