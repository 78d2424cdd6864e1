/** Exactly once: a unique key, one transaction for an upload, and an answer that accounts for every entry. */
import { createServer, type Server } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { json } from "node:stream/consumers";

interface Invoice {
  readonly number: string;
  readonly total: number;
}

/** Behind something that verifies the token; `file` outlives the process. */
export function createApi(file: string): Server {
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE IF NOT EXISTS invoices (number TEXT PRIMARY KEY, total REAL NOT NULL) STRICT");
  const insert = database.prepare("INSERT INTO invoices VALUES (?, ?) ON CONFLICT DO NOTHING");
  const find = database.prepare("SELECT total FROM invoices WHERE number = ?");
  return createServer(async (request, response) => {
    const { invoices } = (await json(request)) as { invoices: Invoice[] };
    const errors: object[] = [];
    let accepted = 0;
    database.exec("BEGIN IMMEDIATE");
    for (const [index, { number, total }] of invoices.entries()) {
      if (insert.run(number, total).changes === 1) accepted++;
      else if (find.get(number)?.total !== total) {
        errors.push({ index, code: "conflict", message: "This number is stored with another total." });
      }
    }
    // All or nothing: after a refusal the import sends the others again.
    database.exec(errors.length > 0 ? "ROLLBACK" : "COMMIT");
    const answer = errors.length > 0 ? { errors } : { accepted, alreadyStored: invoices.length - accepted };
    response.writeHead(errors.length > 0 ? 422 : 201, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  }).on("close", () => database.close());
}
