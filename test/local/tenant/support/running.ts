/** A tenant served for a test over TLS, and the calls that tests make to it. */
import { rmSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningTenant, type ServeOptions, serveTenant } from "../../../../local/tenant/serve.ts";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and fail where it differs
  body: any;
}

export interface Call {
  method?: string;
  /** Path and query as on the wire. */
  path: string;
  json?: unknown;
  form?: Record<string, string>;
  /** Sent as it is. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
}

export interface TestTenant extends RunningTenant {
  dataDir: string;
  call(call: Call): Promise<Answer>;
  /** With a Management API token that may do everything, or one with just these scopes. */
  manage(method: string, path: string, json?: unknown, scopes?: readonly string[]): Promise<Answer>;
  managementToken(scopes?: readonly string[]): Promise<string>;
  /** The control interface. */
  control(method: string, path: string, json?: unknown): Promise<Answer>;
  token(parameters: Record<string, string>): Promise<Answer>;
  [Symbol.asyncDispose](): Promise<void>;
}

let madeKeys: Promise<string> | undefined;

/** A data folder just after its first start; making its keys takes longer than most tests. */
async function makeKeys(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tenant-keys-"));
  const first = await serveTenant({ dataDir: folder });
  await first.close();
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestOptions extends Partial<ServeOptions> {
  /** Keys and management application of its own, where tenants must differ. @default false */
  ownKeys?: boolean;
}

export async function startTenant({ ownKeys = false, ...options }: TestOptions = {}): Promise<TestTenant> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "tenant-")));
  if (options.dataDir === undefined && !ownKeys) {
    madeKeys ??= makeKeys();
    await cp(await madeKeys, dataDir, { recursive: true });
  }
  const running = await serveTenant({ ...options, dataDir });
  const ca = await readFile(running.caFile, "utf8");
  const agent = new Agent({ ca, keepAlive: true });
  const port = Number(running.domain.split(":")[1]);
  const tokens = new Map<string, Promise<string>>();

  const call = (wanted: Call) => send({ agent, host: "localhost", port }, wanted);
  const token = (parameters: Record<string, string>) =>
    call({ method: "POST", path: "/oauth/token", json: { grant_type: "client_credentials", ...parameters } });
  const mintToken = async (scopes: readonly string[] | undefined) => {
    const { clientId: client_id, clientSecret: client_secret } = running;
    const answer = await token({
      ...{ client_id, client_secret, audience: `${running.url}/api/v2/` },
      ...(scopes && { scope: scopes.join(" ") }),
    });
    if (answer.status !== 200) throw new Error(`No management token: ${JSON.stringify(answer.body)}`);
    return String(answer.body.access_token);
  };
  const managementToken = (scopes?: readonly string[]) => {
    const key = scopes?.join(" ") ?? "";
    const known = tokens.get(key) ?? mintToken(scopes);
    tokens.set(key, known);
    return known;
  };
  return {
    ...running,
    dataDir,
    call,
    token,
    managementToken,
    async manage(method, path, json, scopes) {
      const authorization = `Bearer ${await managementToken(scopes)}`;
      return call({ method, path: `/api/v2${path}`, json, headers: { authorization } });
    },
    async control(method, path, json) {
      const response = await fetch(running.controlUrl + path, {
        method,
        headers: { authorization: `Bearer ${running.controlKey}`, "content-type": "application/json" },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      });
      return answerOf(response.status, Object.fromEntries(response.headers), await response.text());
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await running.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** `fetch` would normalise paths; tests need them as they are. */
function send(
  target: RequestOptions,
  { method = "GET", path, json, form, raw, headers = {} }: Call,
): Promise<Answer> {
  const [body, type] = bodyOf(json, form, raw);
  // Node counts the body itself only for methods that usually have one.
  const framing = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...target, method, path, headers: { ...(type && { "content-type": type }), ...framing, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve(answerOf(response.statusCode ?? 0, response.headers as Record<string, string>, text));
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function bodyOf(json: unknown, form: Call["form"], raw: Call["raw"]): [string | Buffer | undefined, string?] {
  if (raw !== undefined) return [raw, "application/json"];
  if (form) return [new URLSearchParams(form).toString(), "application/x-www-form-urlencoded"];
  return json === undefined ? [undefined] : [JSON.stringify(json), "application/json"];
}

function answerOf(status: number, headers: Record<string, string>, text: string): Answer {
  try {
    return { status, headers, body: text === "" ? null : JSON.parse(text) };
  } catch {
    return { status, headers, body: text };
  }
}
