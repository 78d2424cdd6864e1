/** The SQLite file behind a tenant: who may read it, who may write it, and what survives what. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { ToolError } from "../../lib/errors.ts";
import { ownDatabaseFile } from "../../lib/ownFile.ts";

const tables = `
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS resource_servers (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, identifier TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS clients (
    position INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL UNIQUE, client_secret TEXT NOT NULL,
    app_type TEXT, is_first_party INTEGER NOT NULL, is_global INTEGER NOT NULL, resource_server TEXT,
    body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS client_of_resource_server ON clients (resource_server) WHERE resource_server IS NOT NULL;
  CREATE TABLE IF NOT EXISTS credentials (
    id TEXT PRIMARY KEY, client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    kid TEXT NOT NULL, public_key TEXT, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS credentials_of_client ON credentials (client_id, kid);
  CREATE TABLE IF NOT EXISTS client_grants (
    id TEXT PRIMARY KEY, client_id TEXT REFERENCES clients (client_id) ON DELETE CASCADE,
    audience TEXT NOT NULL REFERENCES resource_servers (identifier) ON DELETE CASCADE ON UPDATE CASCADE,
    subject_type TEXT NOT NULL, default_for TEXT, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS client_grant_once
    ON client_grants (ifnull(client_id, ''), audience, subject_type, ifnull(default_for, ''));
  CREATE INDEX IF NOT EXISTS client_grants_of_audience ON client_grants (audience);
  CREATE TABLE IF NOT EXISTS signing_keys (
    position INTEGER PRIMARY KEY AUTOINCREMENT, kid TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
    private_key TEXT NOT NULL, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS logs (
    position INTEGER PRIMARY KEY AUTOINCREMENT, log_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    client_id TEXT, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS used_assertions (
    client_id TEXT NOT NULL, jti TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (client_id, jti)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS documents (
    position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    body TEXT NOT NULL, UNIQUE (kind, name));
  CREATE TABLE IF NOT EXISTS organization_grants (
    organization_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    grant_id TEXT NOT NULL REFERENCES client_grants (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, grant_id)) WITHOUT ROWID;
`;

export interface Database {
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
  /** Number of rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** The same for a record of what happened, on which no answer that is remembered depends. */
  record(sql: string, ...values: SQLInputValue[]): number;
  /** Another number after each write that is no record. */
  version(): number;
  /** All of it or nothing, also when the process is killed in between. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/**
 * Opens the file, `:memory:` for none, and makes it when it is missing, readable by its owner alone.
 *
 * Durability: WAL with synchronous=NORMAL. A commit is handed to the operating system before the caller continues, so
 * it survives `kill -9` of this process at any moment; only a power cut may take the last commits, never their order.
 * FULL would add a disk flush to every write and protect from nothing that a tenant on a developer's machine meets.
 *
 * @throws ToolError `data_folder_in_use` when another process holds the file.
 */
export function openDatabase(file: string): Database {
  if (file !== ":memory:") ownDatabaseFile(file);
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
    database.exec("PRAGMA foreign_keys=ON;");
    database.exec(`BEGIN IMMEDIATE; ${tables} COMMIT;`);
  } catch (cause) {
    database.close();
    throw openingError(file, cause);
  }
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const run = (sql: string, values: readonly SQLInputValue[]) => Number(prepare(sql).run(...values).changes);
  let depth = 0;
  let version = 0;
  return {
    all: <Row>(sql: string, ...values: SQLInputValue[]) => prepare(sql).all(...values) as Row[],
    get: <Row>(sql: string, ...values: SQLInputValue[]) => prepare(sql).get(...values) as Row | undefined,
    run(sql, ...values) {
      version++;
      return run(sql, values);
    },
    record: (sql, ...values) => run(sql, values),
    version: () => version,
    transaction(work) {
      if (depth > 0) return work();
      database.exec("BEGIN IMMEDIATE");
      depth++;
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        database.exec("ROLLBACK");
        version++;
        throw error;
      } finally {
        depth--;
      }
    },
    close: () => database.close(),
  };
}

function openingError(file: string, cause: unknown): ToolError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/locked|busy/i.test(message)) {
    return new ToolError("data_folder_in_use", `Another local tenant is using ${file}.`, {
      hint: "Stop it, or choose another data folder.",
      cause,
    });
  }
  return new ToolError("data_folder_broken", `The tenant's data cannot be read: ${file}: ${message}.`, {
    hint: "Run `auth0-m2m local reset` to start from an empty tenant.",
    cause,
  });
}
