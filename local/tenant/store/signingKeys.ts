/** The tenant's signing keys: one current, one next, perhaps one previous, and the revoked ones. */
import type { Database } from "../database.ts";
import type { JsonObject } from "../json.ts";

export type SigningKeyState = "current" | "next" | "previous" | "revoked";

export interface SigningKey {
  kid: string;
  state: SigningKeyState;
  /** PKCS #8 PEM. */
  privateKey: string;
  /** `cert`, `pkcs7`, `fingerprint`, `thumbprint` and the dates, as the wire shows them. */
  body: JsonObject;
}

interface Row {
  kid: string;
  state: SigningKeyState;
  private_key: string;
  body: string;
}

export function signingKeys(database: Database) {
  const columns = "SELECT kid, state, private_key, body FROM signing_keys";
  const read = (row: Row): SigningKey => ({
    kid: row.kid,
    state: row.state,
    privateKey: row.private_key,
    body: JSON.parse(row.body) as JsonObject,
  });
  return {
    byKid(kid: string): SigningKey | undefined {
      const row = database.get<Row>(`${columns} WHERE kid = ?`, kid);
      return row && read(row);
    },
    inState(state: SigningKeyState): SigningKey | undefined {
      const row = database.get<Row>(`${columns} WHERE state = ? ORDER BY position DESC LIMIT 1`, state);
      return row && read(row);
    },
    insert({ kid, state, privateKey, body }: SigningKey): void {
      const sql = "INSERT INTO signing_keys (kid, state, private_key, body) VALUES (?, ?, ?, ?)";
      database.run(sql, kid, state, privateKey, JSON.stringify(body));
    },
    update({ kid, state, body }: SigningKey): void {
      database.run(
        "UPDATE signing_keys SET state = ?, body = ? WHERE kid = ?",
        state,
        JSON.stringify(body),
        kid,
      );
    },
    /** Newest first. */
    list: (): SigningKey[] => database.all<Row>(`${columns} ORDER BY position DESC`).map(read),
  };
}
