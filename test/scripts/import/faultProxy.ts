/** A proxy before the API that goes wrong at chosen requests: by their number, never by chance. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "undici";

export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Never answers. */
  | { readonly kind: "hang" }
  /** Closes the connection before the request has been read. */
  | { readonly kind: "close_early" }
  /** The API stores the batch, and the client never hears of it. */
  | { readonly kind: "lose_answer" }
  /** The API stores the batch, and its answer breaks off in the middle. */
  | { readonly kind: "cut_answer" };

export interface FaultProxy {
  readonly url: string;
  /** Requests so far. */
  readonly requests: () => number;
  close(): Promise<void>;
}

/** @param fault What goes wrong with the request of this number, from 1. */
export async function startFaultProxy(
  target: () => string,
  fault: (number: number, body: Buffer) => Fault | undefined | Promise<Fault | undefined>,
): Promise<FaultProxy> {
  let requests = 0;
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const number = ++requests;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const chosen = await fault(number, body);
    if (chosen?.kind === "hang") return;
    if (chosen?.kind === "close_early") {
      incoming.socket.destroy();
      return;
    }
    if (chosen?.kind === "status") {
      outgoing
        .writeHead(chosen.status, { "content-type": "text/plain", ...chosen.headers })
        .end("out of order");
      return;
    }
    const answer = await request(new URL(incoming.url ?? "/", target()), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: incoming.headers.authorization ?? "",
        "idempotency-key": incoming.headers["idempotency-key"] ?? "",
      },
      body,
    });
    const text = await answer.body.text();
    if (chosen?.kind === "lose_answer") {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(answer.statusCode, {
      ...answer.headers,
      "content-length": String(Buffer.byteLength(text)),
    });
    if (chosen?.kind === "cut_answer") {
      outgoing.write(text.slice(0, text.length / 2), () => incoming.socket.destroy());
      return;
    }
    outgoing.end(text);
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
