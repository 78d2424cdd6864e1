/** The APIs (resource servers) of the tenant. */
import type { Database } from "../database.ts";
import type { JsonObject } from "../json.ts";
import { type Page, pageOf } from "./page.ts";

export interface ResourceServer extends JsonObject {
  id: string;
  identifier: string;
}

interface Row {
  body: string;
  identifier: string;
  linked: string | null;
}

// The client linked to an API is shown as the API's last key.
const columns = `SELECT r.body, r.identifier, c.client_id AS linked
  FROM resource_servers r LEFT JOIN clients c ON c.resource_server = r.identifier`;

export function resourceServers(database: Database) {
  const read = (row: Row): ResourceServer => {
    const body = JSON.parse(row.body) as ResourceServer;
    body.identifier = row.identifier;
    if (row.linked !== null) body.client_id = row.linked;
    return body;
  };
  const find = (column: "id" | "identifier", value: string) => {
    const row = database.get<Row>(`${columns} WHERE r.${column} = ?`, value);
    return row && read(row);
  };
  return {
    byId: (id: string) => find("id", id),
    byIdentifier: (identifier: string) => find("identifier", identifier),
    insert(server: ResourceServer): void {
      const sql = "INSERT INTO resource_servers (id, identifier, body) VALUES (?, ?, ?)";
      database.run(sql, server.id, server.identifier, JSON.stringify(server));
    },
    update(server: ResourceServer): void {
      const { client_id: _linked, ...body } = server;
      database.run("UPDATE resource_servers SET body = ? WHERE id = ?", JSON.stringify(body), server.id);
    },
    /** Its client grants go with it. */
    remove: (id: string): boolean => database.run("DELETE FROM resource_servers WHERE id = ?", id) > 0,
    rename(from: string, to: string): void {
      database.run("UPDATE resource_servers SET identifier = ? WHERE identifier = ?", to, from);
    },
    /** In order of creation. */
    list(page: Page, identifiers: readonly string[] = []) {
      const where =
        identifiers.length > 0 ? `WHERE r.identifier IN (${identifiers.map(() => "?").join(", ")})` : "";
      const items = database
        .all<Row>(
          `${columns} ${where} ORDER BY r.position LIMIT ? OFFSET ?`,
          ...identifiers,
          page.limit,
          page.start,
        )
        .map(read);
      return pageOf(items, page, () => {
        const sql = `SELECT count(*) AS total FROM resource_servers r ${where}`;
        return database.get<{ total: number }>(sql, ...identifiers)?.total ?? 0;
      });
    },
  };
}
