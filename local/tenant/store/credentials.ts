/** The public keys and certificates with which applications authenticate. */
import type { Database } from "../database.ts";
import type { JsonObject } from "../json.ts";

export interface Credential extends JsonObject {
  id: string;
  credential_type: string;
}

/** A credential with what answers leave out. */
export interface StoredCredential {
  clientId: string;
  /** SPKI PEM, for the kinds that carry a key. */
  publicKey: string | null;
  body: Credential;
}

interface Row {
  client_id: string;
  public_key: string | null;
  body: string;
}

export function credentials(database: Database) {
  const columns = "SELECT client_id, public_key, body FROM credentials";
  const read = (row: Row): StoredCredential => ({
    clientId: row.client_id,
    publicKey: row.public_key,
    body: JSON.parse(row.body) as Credential,
  });
  return {
    byId(clientId: string, id: string): StoredCredential | undefined {
      const row = database.get<Row>(`${columns} WHERE client_id = ? AND id = ?`, clientId, id);
      return row && read(row);
    },
    insert({ clientId, publicKey, body }: StoredCredential): void {
      // Lists come in ASCII order of kid; what has none sorts by its thumbprint, then by its subject.
      const kid = String(body.kid ?? body.thumbprint_sha256 ?? body.subject_dn ?? body.id);
      const sql = "INSERT INTO credentials (id, client_id, kid, public_key, body) VALUES (?, ?, ?, ?, ?)";
      database.run(sql, body.id, clientId, kid, publicKey, JSON.stringify(body));
    },
    update: (body: Credential): void => {
      database.run("UPDATE credentials SET body = ? WHERE id = ?", JSON.stringify(body), body.id);
    },
    remove: (clientId: string, id: string): boolean =>
      database.run("DELETE FROM credentials WHERE client_id = ? AND id = ?", clientId, id) > 0,
    ofClient: (clientId: string): StoredCredential[] =>
      database.all<Row>(`${columns} WHERE client_id = ? ORDER BY kid, id`, clientId).map(read),
  };
}
