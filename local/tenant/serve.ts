/** Starts a local tenant: a data folder, TLS on the loopback interface, and a control interface beside it. */
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { getRequestListener, RequestError } from "@hono/node-server";
import { isLoopback, loopbackAddress } from "../../lib/address.ts";
import { ToolError } from "../../lib/errors.ts";
import { makeDataFolder } from "../../lib/folders.ts";
import type { Report } from "../../lib/report.ts";
import { jsonAnswer } from "./answer.ts";
import { createTenant, type TenantApp } from "./app.ts";
import { createControl } from "./control.ts";
import { isCut } from "./faults.ts";
import type { RateLimit } from "./rateLimit.ts";
import { seedTenant } from "./seed.ts";
import { openStore, type Store } from "./store.ts";
import { loadTls } from "./tls.ts";

export type { RateLimit } from "./rateLimit.ts";

export interface ServeOptions {
  /** Where the tenant keeps its data, keys and certificates. Made when missing. */
  dataDir: string;
  /** @default 0, any free one */
  port?: number;
  /** Anything but a loopback address is warned about. @default 127.0.0.1, or ::1 where `localhost` is that alone */
  host?: string;
  /**
   * A second name of this machine, e.g. 127.0.0.1 beside `localhost`, that stands for a custom domain: what is sent there
   * is answered with an issuer of its own. @default none
   */
  customHost?: string | undefined;
  /** @default "none" */
  rateLimit?: RateLimit;
  /** Of the control interface, always on the loopback interface. @default 0, any free one */
  controlPort?: number;
  /** For the people who run it; never holds a secret. @default nobody reads it */
  report?: Report;
}

export interface RunningTenant {
  /** `localhost:<port>` */
  domain: string;
  /** `https://localhost:<port>` */
  url: string;
  /** PEM of the CA to trust. */
  caFile: string;
  /** A management application that may do everything; made at first start, the same ever after. */
  clientId: string;
  clientSecret: string;
  /** `http://127.0.0.1:<port>` */
  controlUrl: string;
  /** Bearer token of the control interface, new at every start. */
  controlKey: string;
  /** Resolves when the ports are free again and everything is kept. */
  close(): Promise<void>;
}

const loopback = "127.0.0.1";

/** @throws ToolError `port_taken`, `data_folder_in_use`, `data_folder_broken` or `data_folder_not_writable`. */
export async function serveTenant(options: ServeOptions): Promise<RunningTenant> {
  const host = options.host ?? loopbackAddress(await lookup("localhost", { all: true }).catch(() => []));
  makeDataFolder(options.dataDir);
  const store = openStore(join(options.dataDir, "tenant.sqlite"));
  try {
    return await listen(options, host, store);
  } catch (error) {
    store.close();
    throw error;
  }
}

async function listen(options: ServeOptions, host: string, store: Store): Promise<RunningTenant> {
  const name = isLoopback(host) || isWildcard(host) ? "localhost" : host;
  const hosts = [
    ...new Set([
      "localhost",
      loopback,
      "::1",
      name,
      ...(options.customHost === undefined ? [] : [options.customHost]),
    ]),
  ];
  const tls = await loadTls(options.dataDir, hosts, Date.now());
  const server = createHttpsServer({ key: tls.key, cert: tls.certificate });
  const port = await bind(server, options.port ?? 0, host);
  if (!isLoopback(host)) {
    options.report?.({
      level: "warning",
      code: "tenant_exposed",
      message: `The local tenant listens on ${host}:${port}, where other machines may reach it.`,
    });
  }
  const domain = `${name}:${port}`;
  const app = createTenant(store, {
    domain,
    ...(options.customHost !== undefined && { customDomain: `${options.customHost}:${port}` }),
    ...(options.rateLimit !== undefined && { rateLimit: options.rateLimit }),
    ...(options.report !== undefined && { report: options.report }),
  });
  const credentials = seedTenant(app.tenant);
  store.logs.prune();
  const inFlight = new Set<Promise<unknown>>();
  // Nothing was awaited since the port was known, so no request has come yet.
  server.on("request", listenerFor(app, inFlight));
  const controlKey = randomBytes(24).toString("base64url");
  const control = createControl(app, controlKey);
  const controlServer = createHttpServer(getRequestListener(control.fetch, { overrideGlobalObjects: false }));
  const controlPort = await bind(controlServer, options.controlPort ?? 0, loopback).catch(async (error) => {
    await stop(server);
    throw error;
  });
  return {
    domain,
    url: `https://${domain}`,
    caFile: tls.caFile,
    ...credentials,
    controlUrl: `http://${loopback}:${controlPort}`,
    controlKey,
    async close() {
      await Promise.all([stop(server), stop(controlServer)]);
      // What is still being answered or made would find its store closed.
      await Promise.allSettled(inFlight);
      await app.tenant.keys.settled().catch(() => undefined);
      store.close();
    },
  };
}

function listenerFor(app: TenantApp, inFlight: Set<Promise<unknown>>): ReturnType<typeof getRequestListener> {
  const respond = async (request: Request, bindings: unknown) => {
    const answering = app.fetch(request, bindings);
    inFlight.add(answering);
    const response = await answering.finally(() => inFlight.delete(answering));
    if (isCut(response)) (bindings as { incoming: { destroy(): void } }).incoming.destroy();
    return response;
  };
  return getRequestListener(respond, {
    errorHandler: (error) => {
      const status = error instanceof RequestError ? 400 : 500;
      return jsonAnswer({ statusCode: status, error: "Bad Request", message: "Bad Request" }, { status });
    },
  });
}

function bind(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(bindingError(cause, port, host)));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function bindingError(cause: NodeJS.ErrnoException, port: number, host: string): unknown {
  if (cause.code === "EADDRINUSE") {
    return new ToolError("port_taken", `Port ${port} on ${host} is taken.`, {
      hint: "Stop what listens there, or choose another with --port; 0 takes a free one.",
      cause,
    });
  }
  if (cause.code === "EACCES" || cause.code === "EADDRNOTAVAIL") {
    return new ToolError("port_not_allowed", `This process cannot listen on port ${port} of ${host}.`, {
      hint: "Choose another address or a port above 1023.",
      cause,
    });
  }
  return cause;
}

function stop(server: Server & { closeAllConnections?(): void }): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections?.();
  });
}

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";
