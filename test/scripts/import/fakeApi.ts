/** An API and a token endpoint on real sockets that answer as a test says, and `timesheets-import` run against them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, Readable } from "node:stream";
import { main } from "../../../scripts/import/main.ts";
import type { ImportSummary } from "../../../scripts/import/summary.ts";

export interface Received {
  /** From 1. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The entries of an upload, whether they came alone, in a list or under a key. */
  readonly entries: readonly Record<string, unknown>[];
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
}

/** Answers, or takes the response into its own hands and returns undefined. */
export type Handler = (
  request: Received,
  response: ServerResponse,
) => Reply | undefined | Promise<Reply | undefined>;

export interface FakeApi extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  /** Uploads so far. */
  readonly uploads: readonly Received[];
  /** Requests to the token endpoint so far. */
  readonly tokenRequests: readonly Received[];
  file(name: string, content: string): string;
  /** Runs an import of the rows, or of the files that the arguments name. */
  run(args?: readonly string[], options?: RunOptions): Promise<Ended>;
  /** @param name Of the input, without its ending. @default "hours" */
  rejects(name?: string): Record<string, unknown>[];
}

export interface RunOptions {
  /** @default 2 */
  readonly rows?: number;
  readonly signal?: AbortSignal;
  readonly stdin?: Readable;
}

export interface Ended {
  readonly code: number;
  /** On failure only `error` and `summary` are there. */
  readonly summary: ImportSummary & {
    error: { code: string; message: string; hint: string };
    summary: ImportSummary | null;
  };
  readonly stderr: string;
  readonly seconds: number;
}

export const bearer = { access_token: "a-token-of-the-fake-tenant", token_type: "Bearer", expires_in: 86400 };

/** What an API answers that keeps the contract. */
export const stored: Handler = ({ entries }) => ({
  status: 201,
  body: { accepted: entries.length, alreadyStored: 0 },
});

export async function startFakeApi(
  upload: Handler = stored,
  token: Handler = () => ({ body: bearer }),
): Promise<FakeApi> {
  const folder = mkdtempSync(path.join(tmpdir(), "import-"));
  const uploads: Received[] = [];
  const tokenRequests: Received[] = [];
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const [list, handler] = incoming.url === "/oauth/token" ? [tokenRequests, token] : [uploads, upload];
    const body = Buffer.concat(chunks).toString();
    const request: Received = {
      number: list.length + 1,
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers,
      body,
      entries: entriesOf(body),
    };
    list.push(request);
    const reply = await handler(request, response);
    if (!reply) return;
    const text =
      typeof reply.body === "string"
        ? reply.body
        : reply.body === undefined
          ? ""
          : JSON.stringify(reply.body);
    const type =
      typeof reply.body === "string" || reply.body === undefined
        ? {}
        : { "content-type": "application/json" };
    response.writeHead(reply.status ?? 200, { ...type, ...reply.headers }).end(text);
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentialsFile = path.join(folder, "credentials.json");
  const credentials = {
    tokenEndpoint: `${url}/oauth/token`,
    clientId: "c",
    clientSecret: "a long&secret",
    audience: "a",
    apiUrl: url,
  };
  writeFileSync(credentialsFile, JSON.stringify(credentials), { mode: 0o600 });
  const file = (name: string, content: string) => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  return {
    url,
    folder,
    uploads,
    tokenRequests,
    file,
    rejects: (name = "hours") =>
      readFileSync(path.join(folder, `${name}.rejects.jsonl`), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    run: async (
      args = [],
      { rows = 2, signal = new AbortController().signal, stdin = Readable.from([]) } = {},
    ) => {
      const hours = args.some((word) => /\.\w+$|^-$/.test(word) && !word.startsWith("--"))
        ? []
        : [file("hours.csv", csv(rows))];
      const [stdout, stderr] = [collect(), collect()];
      const begun = performance.now();
      const code = await main(
        [...hours, ...args, "--json", "--rejects-format", "jsonl", "--credentials-file", credentialsFile],
        { env: {}, cwd: folder, stdin, stdout: stdout.stream, stderr: stderr.stream, signal },
      );
      const seconds = (performance.now() - begun) / 1000;
      return { code, summary: JSON.parse(stdout.text()) as Ended["summary"], stderr: stderr.text(), seconds };
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function csv(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => `contractor-${row},2026-03-31,atlas,8`);
  return `user_id,date,project,hours\n${lines.join("\n")}\n`;
}

function entriesOf(body: string): Record<string, unknown>[] {
  if (!/^[[{]/.test(body)) return [];
  const content = JSON.parse(body) as unknown;
  const list = Array.isArray(content)
    ? content
    : (Object.values(content as object).find(Array.isArray) ?? [content]);
  return list as Record<string, unknown>[];
}

function collect() {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  return { stream, text: () => text };
}
