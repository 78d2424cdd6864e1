/** At least once: each entry has an outcome of its own, and nothing recognises one that comes again. */
import { appendFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { json } from "node:stream/consumers";

interface Invoice {
  readonly number: string;
  readonly total: number;
}

/** Behind something that verifies the token; `file` holds a line for each invoice. */
export function createApi(file: string): Server {
  return createServer(async (request, response) => {
    const invoices = (await json(request)) as Invoice[];
    const outcomes = invoices.map((invoice) => {
      if (invoice.total > 10_000) return { outcome: 422, error: { message: "Too much for one invoice." } };
      appendFileSync(file, `${JSON.stringify(invoice)}\n`);
      return { outcome: 201 };
    });
    response.writeHead(207, { "content-type": "application/json" }).end(JSON.stringify({ outcomes }));
  });
}
