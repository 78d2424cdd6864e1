/** The client grants of the tenant: which application may call which API, with which scopes. */
import type { Database } from "../database.ts";
import type { JsonObject } from "../json.ts";
import { type Page, pageOf } from "./page.ts";

export interface ClientGrant extends JsonObject {
  id: string;
  audience: string;
  subject_type: string;
}

export interface ClientGrantFilter {
  clientId?: string;
  audience?: string;
  subjectType?: string;
  defaultFor?: string;
  allowAnyOrganization?: boolean;
  organizationId?: string;
}

interface Row {
  audience: string;
  body: string;
}

export function clientGrants(database: Database) {
  const columns = "SELECT audience, body FROM client_grants";
  const read = (row: Row): ClientGrant => {
    const body = JSON.parse(row.body) as ClientGrant;
    body.audience = row.audience;
    return body;
  };
  const clientOf = (grant: ClientGrant) => (typeof grant.client_id === "string" ? grant.client_id : null);
  const defaultOf = (grant: ClientGrant) =>
    typeof grant.default_for === "string" ? grant.default_for : null;
  return {
    byId(id: string): ClientGrant | undefined {
      const row = database.get<Row>(`${columns} WHERE id = ?`, id);
      return row && read(row);
    },
    /** The grant that decides what an application gets when it acts for itself. */
    forClient(clientId: string, audience: string): ClientGrant | undefined {
      const sql = `${columns} WHERE ifnull(client_id, '') = ? AND audience = ? AND subject_type = 'client'`;
      const row = database.get<Row>(`${sql} AND ifnull(default_for, '') = ''`, clientId, audience);
      return row && read(row);
    },
    defaultFor(group: string, audience: string): ClientGrant | undefined {
      const sql = `${columns} WHERE ifnull(client_id, '') = '' AND audience = ? AND subject_type = 'client'`;
      const row = database.get<Row>(`${sql} AND ifnull(default_for, '') = ?`, audience, group);
      return row && read(row);
    },
    exists(grant: ClientGrant): boolean {
      const sql = `SELECT 1 AS found FROM client_grants WHERE ifnull(client_id, '') = ? AND audience = ?
        AND subject_type = ? AND ifnull(default_for, '') = ?`;
      const values = [clientOf(grant) ?? "", grant.audience, grant.subject_type, defaultOf(grant) ?? ""];
      return database.get(sql, ...values) !== undefined;
    },
    insert(grant: ClientGrant): void {
      database.run(
        `INSERT INTO client_grants (id, client_id, audience, subject_type, default_for, body)
         VALUES (?, ?, ?, ?, ?, ?)`,
        ...[
          grant.id,
          clientOf(grant),
          grant.audience,
          grant.subject_type,
          defaultOf(grant),
          JSON.stringify(grant),
        ],
      );
    },
    update: (grant: ClientGrant): void => {
      database.run("UPDATE client_grants SET body = ? WHERE id = ?", JSON.stringify(grant), grant.id);
    },
    remove: (id: string): boolean => database.run("DELETE FROM client_grants WHERE id = ?", id) > 0,
    /** By id in ASCII order; filters combine. `after` is the last id of the page before. */
    list(page: Page, filter: ClientGrantFilter = {}, after = "") {
      const { where, values } = conditionsOf(filter, after);
      const sql = `${columns} ${where} ORDER BY id LIMIT ? OFFSET ?`;
      const items = database.all<Row>(sql, ...values, page.limit, page.start).map(read);
      return pageOf(items, page, () => {
        const count = `SELECT count(*) AS total FROM client_grants ${where}`;
        return database.get<{ total: number }>(count, ...values)?.total ?? 0;
      });
    },
    /** The organizations that a grant was assigned to, by id. */
    organizationsOf: (grantId: string): string[] =>
      database
        .all<{ id: string }>(
          "SELECT organization_id AS id FROM organization_grants WHERE grant_id = ? ORDER BY 1",
          grantId,
        )
        .map((row) => row.id),
    /** False when it was assigned already. */
    assign: (organizationId: string, grantId: string): boolean =>
      database.run("INSERT OR IGNORE INTO organization_grants VALUES (?, ?)", organizationId, grantId) > 0,
    unassign: (organizationId: string, grantId: string): boolean =>
      database.run(
        "DELETE FROM organization_grants WHERE organization_id = ? AND grant_id = ?",
        organizationId,
        grantId,
      ) > 0,
  };
}

function conditionsOf(filter: ClientGrantFilter, after: string) {
  const conditions: string[] = [];
  const values: string[] = [];
  const add = (condition: string, ...bound: string[]) => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (after !== "") add("id > ?", after);
  if (filter.clientId !== undefined) add("client_id = ?", filter.clientId);
  if (filter.audience !== undefined) add("audience = ?", filter.audience);
  if (filter.subjectType !== undefined) add("subject_type = ?", filter.subjectType);
  if (filter.defaultFor !== undefined) add("default_for = ?", filter.defaultFor);
  if (filter.allowAnyOrganization !== undefined) {
    add(`ifnull(json_extract(body, '$.allow_any_organization'), 0) = ${filter.allowAnyOrganization ? 1 : 0}`);
  }
  if (filter.organizationId !== undefined) {
    add("id IN (SELECT grant_id FROM organization_grants WHERE organization_id = ?)", filter.organizationId);
  }
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "", values };
}
