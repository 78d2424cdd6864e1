/** The tenant log, in order of time. */
import type { Database } from "../database.ts";
import type { JsonObject } from "../json.ts";

export interface LogEntry extends JsonObject {
  date: string;
  type: string;
  log_id: string;
}

/** Entries beyond this many are dropped, oldest first, when the tenant starts. */
const kept = 100_000;

export function logs(database: Database) {
  const read = (row: { body: string }) => JSON.parse(row.body) as LogEntry;
  return {
    insert(entry: LogEntry): void {
      const client = typeof entry.client_id === "string" ? entry.client_id : null;
      const sql = "INSERT INTO logs (log_id, type, client_id, body) VALUES (?, ?, ?, ?)";
      database.run(sql, entry.log_id, entry.type, client, JSON.stringify(entry));
    },
    byId(logId: string): LogEntry | undefined {
      const row = database.get<{ body: string }>("SELECT body FROM logs WHERE log_id = ?", logId);
      return row && read(row);
    },
    positionOf: (logId: string): number | undefined =>
      database.get<{ position: number }>("SELECT position FROM logs WHERE log_id = ?", logId)?.position,
    /** Oldest first, after `position`. */
    after: (position: number, limit: number): LogEntry[] =>
      database
        .all<{ body: string }>(
          "SELECT body FROM logs WHERE position > ? ORDER BY position LIMIT ?",
          position,
          limit,
        )
        .map(read),
    /** Newest first, those that pass, and how many pass in all. */
    search(passes: (entry: LogEntry) => boolean, ascending = false): LogEntry[] {
      const sql = `SELECT body FROM logs ORDER BY position ${ascending ? "ASC" : "DESC"}`;
      return database.all<{ body: string }>(sql).map(read).filter(passes);
    },
    newest: (limit: number, offset: number, ascending = false): LogEntry[] =>
      database
        .all<{ body: string }>(
          `SELECT body FROM logs ORDER BY position ${ascending ? "ASC" : "DESC"} LIMIT ? OFFSET ?`,
          limit,
          offset,
        )
        .map(read),
    count: (): number => database.get<{ total: number }>("SELECT count(*) AS total FROM logs")?.total ?? 0,
    prune(): void {
      database.run("DELETE FROM logs WHERE position <= (SELECT max(position) FROM logs) - ?", kept);
    },
  };
}
