/** A status alone: one invoice a request, and an answer without a body. */
import { appendFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";

/** Behind something that verifies the token; `file` holds a line for each invoice. */
export function createApi(file: string): Server {
  return createServer(async (request, response) => {
    appendFileSync(file, `${await text(request)}\n`);
    response.writeHead(204).end();
  });
}
