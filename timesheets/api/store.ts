/** The entries and the answered uploads, in SQLite; concurrent uploads share one transaction. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Entry } from "../entry.ts";
import type { EntryError } from "./problems.ts";

export interface StoredEntry extends Entry {
  readonly id: number;
  /** ISO 8601 instant, or null. */
  readonly approved_at: string | null;
}

/** Names one upload of one application, so that sending it again has no further effect. */
export interface IdempotencyKey {
  readonly client: string;
  readonly key: string;
  /** Digest of the body: the same key with another body is a mistake of the caller. */
  readonly fingerprint: string;
}

export interface StoredCounts {
  readonly accepted: number;
  readonly alreadyStored: number;
}

export type UploadOutcome =
  | { readonly kind: "stored"; readonly counts: StoredCounts }
  /** `age`: whole seconds since the upload was first answered. */
  | { readonly kind: "replayed"; readonly counts: StoredCounts; readonly age: number }
  | { readonly kind: "key_reused" }
  | { readonly kind: "in_progress" }
  | { readonly kind: "conflicts"; readonly errors: readonly EntryError[] };

interface PendingUpload {
  readonly entries: readonly Entry[];
  readonly key: IdempotencyKey | undefined;
  readonly resolve: (outcome: UploadOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** How long an upload's answer is kept, milliseconds: 7 days. */
export const answerLifetime = 7 * 24 * 60 * 60 * 1000;

/** Entries after which no further upload joins a commit. */
const sharedEntries = 1000;

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  -- Pages: at 32 MiB the log is copied into the database, while everybody waits for the disk.
  PRAGMA wal_autocheckpoint = 8192;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    date TEXT NOT NULL,
    project TEXT NOT NULL,
    hundredths INTEGER NOT NULL,
    approved_at TEXT,
    -- By day first: uploads come day by day, so that new keys lie side by side and share pages.
    UNIQUE (date, user_id, project)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS answers (
    client TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    already_stored INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (client, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS answers_by_age ON answers (created_at);
`;

const columns = "id, user_id, date, project, hundredths / 100.0 AS hours, approved_at";

/** What the API keeps. Once an upload's promise is settled, its effect survives the end of the process. */
export class TimesheetStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #hoursOf: StatementSync;
  readonly #findAnswer: StatementSync;
  readonly #saveAnswer: StatementSync;
  readonly #now: () => number;
  readonly #inProgress = new Set<string>();
  readonly #queue: PendingUpload[] = [];

  /** @param now Milliseconds since the epoch; tests pass their own clock. */
  constructor(file: string, now: () => number = Date.now) {
    this.#now = now;
    this.#database = new DatabaseSync(file);
    this.#database.exec(schema);
    this.#insert = this.#database.prepare(
      "INSERT INTO entries (user_id, date, project, hundredths) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#hoursOf = this.#database.prepare(
      "SELECT hundredths FROM entries WHERE user_id = ? AND date = ? AND project = ?",
    );
    this.#findAnswer = this.#database.prepare(
      "SELECT fingerprint, accepted, already_stored, created_at FROM answers WHERE client = ? AND key = ? AND created_at > ?",
    );
    this.#saveAnswer = this.#database.prepare(
      "INSERT OR REPLACE INTO answers (client, key, fingerprint, accepted, already_stored, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.forgetOldAnswers();
  }

  /** Stores a batch whole or, where an entry conflicts with what is stored, not at all. */
  upload(entries: readonly Entry[], key?: IdempotencyKey): Promise<UploadOutcome> {
    if (key) {
      const name = nameOf(key);
      if (this.#inProgress.has(name)) return Promise.resolve({ kind: "in_progress" });
      this.#inProgress.add(name);
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ entries, key, resolve, reject });
      // Uploads that arrive in the same turn of the event loop share a commit.
      if (this.#queue.length === 1) setImmediate(() => this.#flush());
    });
  }

  list(limit: number, offset: number): { total: number; entries: StoredEntry[] } {
    const total = this.#database.prepare("SELECT count(*) AS total FROM entries").get() as { total: number };
    const entries = this.#database
      .prepare(`SELECT ${columns} FROM entries ORDER BY id LIMIT ? OFFSET ?`)
      .all(limit, offset) as unknown as StoredEntry[];
    return { total: total.total, entries };
  }

  /** The entry with this natural key. */
  find(entry: Entry): StoredEntry | undefined {
    return this.#database
      .prepare(`SELECT ${columns} FROM entries WHERE user_id = ? AND date = ? AND project = ?`)
      .get(entry.user_id, entry.date, entry.project) as StoredEntry | undefined;
  }

  /** True where there was such an entry. */
  delete(id: number): boolean {
    return this.#database.prepare("DELETE FROM entries WHERE id = ?").run(id).changes === 1;
  }

  /** Marks an entry as approved, once; approving it again keeps the first instant. */
  approve(id: number): StoredEntry | undefined {
    return this.#database
      .prepare(`UPDATE entries SET approved_at = coalesce(approved_at, ?) WHERE id = ? RETURNING ${columns}`)
      .get(new Date(this.#now()).toISOString(), id) as StoredEntry | undefined;
  }

  /** Drops the answers that are older than their lifetime. */
  forgetOldAnswers(): void {
    this.#database.prepare("DELETE FROM answers WHERE created_at <= ?").run(this.#now() - answerLifetime);
  }

  close(): void {
    while (this.#queue.length > 0) this.#flush();
    this.#database.close();
  }

  #flush(): void {
    const uploads = this.#nextUploads();
    if (uploads.length === 0) return;
    if (this.#queue.length > 0) setImmediate(() => this.#flush());
    const outcomes: UploadOutcome[] = [];
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const upload of uploads) outcomes.push(this.#apply(upload));
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      for (const upload of uploads) this.#settle(upload, () => upload.reject(error));
      return;
    }
    for (const [index, upload] of uploads.entries()) {
      const outcome = outcomes[index];
      if (outcome) this.#settle(upload, () => upload.resolve(outcome));
    }
  }

  /** Those that share the next commit. Few large ones: the first callers continue while the others are stored. */
  #nextUploads(): PendingUpload[] {
    let entries = 0;
    const after = this.#queue.findIndex((upload) => {
      if (entries >= sharedEntries) return true;
      entries += upload.entries.length;
      return false;
    });
    return this.#queue.splice(0, after < 0 ? this.#queue.length : after);
  }

  #settle(upload: PendingUpload, report: () => void): void {
    if (upload.key) this.#inProgress.delete(nameOf(upload.key));
    report();
  }

  #apply({ entries, key }: PendingUpload): UploadOutcome {
    const known = key && this.#replay(key);
    if (known) return known;
    this.#database.exec("SAVEPOINT upload");
    const errors: EntryError[] = [];
    let accepted = 0;
    for (const [index, entry] of entries.entries()) {
      const hundredths = Math.round(entry.hours * 100);
      const { changes } = this.#insert.run(entry.user_id, entry.date, entry.project, hundredths);
      if (changes === 1) accepted++;
      else if (this.#conflicts(entry, hundredths)) errors.push(conflict(index));
    }
    if (errors.length > 0) {
      this.#database.exec("ROLLBACK TO upload; RELEASE upload");
      return { kind: "conflicts", errors };
    }
    const counts = { accepted, alreadyStored: entries.length - accepted };
    if (key) {
      this.#saveAnswer.run(
        key.client,
        key.key,
        key.fingerprint,
        counts.accepted,
        counts.alreadyStored,
        this.#now(),
      );
    }
    this.#database.exec("RELEASE upload");
    return { kind: "stored", counts };
  }

  #replay(key: IdempotencyKey): UploadOutcome | undefined {
    const now = this.#now();
    const answer = this.#findAnswer.get(key.client, key.key, now - answerLifetime) as
      | { fingerprint: string; accepted: number; already_stored: number; created_at: number }
      | undefined;
    if (!answer) return undefined;
    if (answer.fingerprint !== key.fingerprint) return { kind: "key_reused" };
    return {
      kind: "replayed",
      counts: { accepted: answer.accepted, alreadyStored: answer.already_stored },
      age: Math.max(0, Math.floor((now - answer.created_at) / 1000)),
    };
  }

  #conflicts(entry: Entry, hundredths: number): boolean {
    const stored = this.#hoursOf.get(entry.user_id, entry.date, entry.project) as
      | { hundredths: number }
      | undefined;
    return stored?.hundredths !== hundredths;
  }
}

function nameOf(key: IdempotencyKey): string {
  return `${key.client} ${key.key}`;
}

/** The error of an entry whose natural key is stored with other hours. */
function conflict(index: number): EntryError {
  return {
    index,
    pointer: `#/${index}/hours`,
    code: "conflict",
    detail: "An entry with this user_id, date and project is stored with other hours.",
  };
}
