/** A tenant of its own for one test, over TLS, that keeps every request to its Management API. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { getRequestListener } from "@hono/node-server";
import { createTenant, type TenantApp, type TenantOptions } from "../../../local/tenant/app.ts";
import { createTlsMaterial } from "../../../local/tenant/certificates.ts";
import type { Fault, FaultOrder } from "../../../local/tenant/faults.ts";
import { seedTenant } from "../../../local/tenant/seed.ts";
import { openStore } from "../../../local/tenant/store.ts";

export interface RecordedRequest {
  readonly method: string;
  /** Decoded, without `/api/v2`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number;
}

export interface RecordingTenant {
  readonly app: TenantApp;
  readonly folder: string;
  readonly domain: string;
  /** What a provider or plugin needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly clientSecret: string;
  /** The next `count` requests that match get this instead of their answer. */
  disturb(requests: Omit<FaultOrder, "then">, fault: Fault): void;
  /** What was asked since the last call. */
  take(): RecordedRequest[];
  /** A Management API token for everything. */
  token(): Promise<string>;
  /** Asks as an administrator would, past the record. */
  manage(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function startRecordingTenant(
  rateLimit: TenantOptions["rateLimit"] = "none",
): Promise<RecordingTenant> {
  const folder = await mkdtemp(path.join(tmpdir(), "timesheets-provider-"));
  const { authority, server: certificate } = await createTlsMaterial(["localhost", "127.0.0.1"], Date.now());
  const caFile = path.join(folder, "ca.pem");
  const trustFile = path.join(folder, "trust.pem");
  await writeFile(caFile, authority.certificate);
  await writeFile(trustFile, [...tls.getCACertificates("system"), authority.certificate].join("\n"));

  let recorded: RecordedRequest[] = [];
  let app: TenantApp | undefined;
  const listener = getRequestListener(async (request) => {
    if (!app) return new Response(null, { status: 503 });
    const url = new URL(request.url);
    const text = await request.clone().text();
    const response = await app.fetch(request);
    if (url.pathname.startsWith("/api/v2/")) {
      recorded.push({
        method: request.method,
        path: decodeURIComponent(url.pathname.slice("/api/v2".length)),
        query: Object.fromEntries([...url.searchParams].sort()),
        body: text === "" || text === "null" ? undefined : JSON.parse(text),
        status: response.status,
      });
    }
    return response;
  });
  const server = createServer({ key: certificate.key, cert: certificate.certificate }, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const domain = `localhost:${(server.address() as AddressInfo).port}`;
  const store = openStore(":memory:");
  app = createTenant(store, { domain, ...(rateLimit ? { rateLimit } : {}) });
  const { clientId, clientSecret } = seedTenant(app.tenant);
  const tenant = app;

  const token = async () => {
    const response = await tenant.fetch(
      new Request(`https://${domain}/oauth/token`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          grant_type: "client_credentials",
          client_id: clientId,
          client_secret: clientSecret,
          audience: `https://${domain}/api/v2/`,
        }),
      }),
    );
    const { access_token: accessToken } = (await response.json()) as { access_token: string };
    return accessToken;
  };

  return {
    app,
    folder,
    domain,
    clientSecret,
    env: {
      AUTH0_DOMAIN: domain,
      AUTH0_CLIENT_ID: clientId,
      AUTH0_CLIENT_SECRET: clientSecret,
      NODE_EXTRA_CA_CERTS: caFile,
      SSL_CERT_FILE: trustFile,
    },
    token,
    disturb(requests, fault) {
      // biome-ignore lint/suspicious/noThenProperty: it is the tenant's own name for what happens.
      tenant.faults.add({ ...requests, then: fault });
    },
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
    async manage(method, requestPath, body) {
      const response = await tenant.fetch(
        new Request(`https://${domain}/api/v2${requestPath}`, {
          method,
          headers: { authorization: `Bearer ${await token()}`, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${requestPath}: ${response.status} ${text}`);
      return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
