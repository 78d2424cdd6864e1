/** Single values of the tenant: its domain, its settings, the ids of its first start. */
import type { Database } from "../database.ts";
import type { Json } from "../json.ts";
import { remember } from "../remember.ts";

export function facts(database: Database) {
  // Settings are read for every token.
  const read = remember(database, (name: string): Json | undefined => {
    const row = database.get<{ value: string }>("SELECT value FROM facts WHERE name = ?", name);
    return row && (JSON.parse(row.value) as Json);
  });
  return {
    get: <Value extends Json>(name: string) => read(name) as Value | undefined,
    set(name: string, value: Json): void {
      database.run("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, JSON.stringify(value));
    },
  };
}
