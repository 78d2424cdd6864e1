/** The tenant log, in order of time. */
import type { SQLInputValue } from "node:sqlite";
import type { Database } from "../database.ts";
import type { JsonObject } from "../json.ts";

export interface LogEntry extends JsonObject {
  date: string;
  type: string;
  log_id: string;
}

/** Entries beyond this many are dropped, oldest first, when the tenant starts. */
const kept = 100_000;

/** Milliseconds that entries of tokens wait to be written together. */
const delay = 25;

export function logs(database: Database) {
  const waiting: LogEntry[] = [];
  let timer: NodeJS.Timeout | undefined;

  /** Writes what waits, in one transaction. */
  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const entries = waiting.splice(0);
    if (entries.length === 0) return;
    const sql = "INSERT INTO logs (log_id, type, client_id, body) VALUES (?, ?, ?, ?)";
    database.transaction(() => {
      for (const entry of entries) {
        const client = typeof entry.client_id === "string" ? entry.client_id : null;
        database.record(sql, entry.log_id, entry.type, client, JSON.stringify(entry));
      }
    });
  }

  /** Readers see what waits, too. */
  function select(rest: string, ...values: SQLInputValue[]): LogEntry[] {
    flush();
    return database
      .all<{ body: string }>(`SELECT body FROM logs ${rest}`, ...values)
      .map((row) => JSON.parse(row.body) as LogEntry);
  }

  const direction = (ascending: boolean): string => (ascending ? "ASC" : "DESC");

  return {
    flush,
    /** At once. */
    insert(entry: LogEntry): void {
      waiting.push(entry);
      flush();
    },
    /** Within a moment: a token's entry is no promise to its caller, and may be lost with a process that is killed. */
    insertSoon(entry: LogEntry): void {
      waiting.push(entry);
      timer ??= setTimeout(flush, delay).unref();
    },
    byId: (logId: string): LogEntry | undefined => select("WHERE log_id = ?", logId)[0],
    /** Those that came after an entry, oldest first; from the beginning without one. Undefined for an unknown entry. */
    after(logId: string | undefined, limit: number): LogEntry[] | undefined {
      if (logId === undefined) return select("ORDER BY position LIMIT ?", limit);
      flush();
      const found = database.get<{ position: number }>("SELECT position FROM logs WHERE log_id = ?", logId);
      return found && select("WHERE position > ? ORDER BY position LIMIT ?", found.position, limit);
    },
    search: (passes: (entry: LogEntry) => boolean, ascending: boolean): LogEntry[] =>
      select(`ORDER BY position ${direction(ascending)}`).filter(passes),
    page: (start: number, limit: number, ascending: boolean): LogEntry[] =>
      select(`ORDER BY position ${direction(ascending)} LIMIT ? OFFSET ?`, limit, start),
    count: (): number => database.get<{ total: number }>("SELECT count(*) AS total FROM logs")?.total ?? 0,
    prune(): void {
      database.record("DELETE FROM logs WHERE position <= (SELECT max(position) FROM logs) - ?", kept);
    },
  };
}
