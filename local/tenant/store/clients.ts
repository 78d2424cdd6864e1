/** The applications (clients) of the tenant. */
import type { Database } from "../database.ts";
import type { JsonObject } from "../json.ts";
import { type Page, pageOf } from "./page.ts";

/** What is kept of an application; what answers add to it is in `clientView.ts`. */
export interface Client {
  /** Order of creation. */
  position: number;
  clientId: string;
  clientSecret: string;
  /** The "All Applications" client, which cannot be deleted. */
  isGlobal: boolean;
  /** Everything else, in the order of the wire. */
  body: JsonObject;
}

interface Row {
  position: number;
  client_id: string;
  client_secret: string;
  is_global: number;
  body: string;
}

export interface ClientFilter {
  isGlobal?: boolean;
  isFirstParty?: boolean;
  appTypes?: readonly string[];
  /** Only clients that a grant ties to this organization. */
  organizationId?: string;
  allowAnyOrganization?: boolean;
  externalClientId?: string;
}

export type NewClient = Omit<Client, "position">;

export function clients(database: Database) {
  const columns = "SELECT position, client_id, client_secret, is_global, body FROM clients";
  const read = (row: Row): Client => ({
    position: row.position,
    clientId: row.client_id,
    clientSecret: row.client_secret,
    isGlobal: row.is_global === 1,
    body: JSON.parse(row.body) as JsonObject,
  });
  const indexed = ({ body }: NewClient) =>
    [
      typeof body.app_type === "string" ? body.app_type : null,
      body.is_first_party === false ? 0 : 1,
      typeof body.resource_server_identifier === "string" ? body.resource_server_identifier : null,
      JSON.stringify(body),
    ] as const;
  const select = (
    conditions: readonly string[],
    values: readonly (string | number)[],
    page: Page,
    order: string,
  ) => {
    const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
    const rows = database.all<Row>(
      `${columns} ${where} ORDER BY ${order} LIMIT ? OFFSET ?`,
      ...values,
      page.limit,
      page.start,
    );
    return pageOf(rows.map(read), page, () => {
      return (
        database.get<{ total: number }>(`SELECT count(*) AS total FROM clients ${where}`, ...values)?.total ??
        0
      );
    });
  };
  return {
    byId(clientId: string): Client | undefined {
      const row = database.get<Row>(`${columns} WHERE client_id = ?`, clientId);
      return row && read(row);
    },
    insert(client: NewClient): void {
      database.run(
        `INSERT INTO clients (client_id, client_secret, is_global, app_type, is_first_party, resource_server, body)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ...[client.clientId, client.clientSecret, client.isGlobal ? 1 : 0],
        ...indexed(client),
      );
    },
    update(client: Client): void {
      database.run(
        `UPDATE clients SET client_secret = ?, app_type = ?, is_first_party = ?, resource_server = ?, body = ?
         WHERE client_id = ?`,
        ...[client.clientSecret, ...indexed(client), client.clientId],
      );
    },
    /** Its credentials and grants go with it. */
    remove: (clientId: string): boolean =>
      database.run("DELETE FROM clients WHERE client_id = ?", clientId) > 0,
    /** In order of creation; filters combine. */
    list(page: Page, filter: ClientFilter = {}) {
      const { conditions, values } = conditionsOf(filter);
      return select(conditions, values, page, "position");
    },
    /** Those created after the one at `position`, in order of creation. */
    after(position: number, limit: number, filter: ClientFilter = {}): Client[] {
      const { conditions, values } = conditionsOf(filter);
      return select([...conditions, "position > ?"], [...values, position], { start: 0, limit }, "position")
        .items;
    },
  };
}

function conditionsOf(filter: ClientFilter) {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, ...bound: (string | number)[]) => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (filter.isGlobal !== undefined) add("is_global = ?", filter.isGlobal ? 1 : 0);
  if (filter.isFirstParty !== undefined) add("is_first_party = ?", filter.isFirstParty ? 1 : 0);
  if (filter.appTypes) add(`app_type IN (${filter.appTypes.map(() => "?").join(", ")})`, ...filter.appTypes);
  if (filter.externalClientId !== undefined) {
    add("json_extract(body, '$.external_client_id') = ?", filter.externalClientId);
  }
  if (filter.organizationId !== undefined) {
    add(
      `client_id IN (SELECT g.client_id FROM client_grants g JOIN organization_grants o ON o.grant_id = g.id
        WHERE o.organization_id = ?)`,
      filter.organizationId,
    );
  }
  if (filter.allowAnyOrganization) {
    add(
      `client_id IN (SELECT client_id FROM client_grants WHERE json_extract(body, '$.allow_any_organization'))`,
    );
  }
  return { conditions, values };
}
