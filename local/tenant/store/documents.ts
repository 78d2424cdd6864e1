/** Connections and organizations: kept and answered as they came, named once per kind. */
import type { Database } from "../database.ts";
import type { JsonObject } from "../json.ts";

export type DocumentKind = "connection" | "organization";

export interface Document extends JsonObject {
  id: string;
  name: string;
}

export function documents(database: Database) {
  const read = (row: { body: string }) => JSON.parse(row.body) as Document;
  return {
    byId(kind: DocumentKind, id: string): Document | undefined {
      const row = database.get<{ body: string }>(
        "SELECT body FROM documents WHERE kind = ? AND id = ?",
        kind,
        id,
      );
      return row && read(row);
    },
    byName(kind: DocumentKind, name: string): Document | undefined {
      const row = database.get<{ body: string }>(
        "SELECT body FROM documents WHERE kind = ? AND name = ?",
        kind,
        name,
      );
      return row && read(row);
    },
    insert(kind: DocumentKind, document: Document): void {
      const sql = "INSERT INTO documents (kind, id, name, body) VALUES (?, ?, ?, ?)";
      database.run(sql, kind, document.id, document.name, JSON.stringify(document));
    },
    remove: (kind: DocumentKind, id: string): boolean =>
      database.run("DELETE FROM documents WHERE kind = ? AND id = ?", kind, id) > 0,
    /** By name, upper and lower case alike. */
    list: (kind: DocumentKind): Document[] =>
      database
        .all<{ body: string }>(
          "SELECT body FROM documents WHERE kind = ? ORDER BY name COLLATE NOCASE, id",
          kind,
        )
        .map(read),
  };
}
