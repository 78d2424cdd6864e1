/** The `jti` of every client assertion that was accepted, kept for as long as it could be replayed. */
import type { Database } from "../database.ts";

export function assertions(database: Database) {
  return {
    /** False when this application has used the `jti` before. Times are seconds since 1970. */
    use(clientId: string, jti: string, expires: number, now: number): boolean {
      database.record("DELETE FROM used_assertions WHERE expires < ?", now);
      return (
        database.record("INSERT OR IGNORE INTO used_assertions VALUES (?, ?, ?)", clientId, jti, expires) > 0
      );
    },
  };
}
