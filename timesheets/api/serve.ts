/** Serves the Timesheets API on a port of this machine, with its data in a folder. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { ToolError } from "../../lib/errors.ts";
import { makeOwnFolder } from "../../lib/folders.ts";
import { ownDatabaseFile } from "../../lib/ownFile.ts";
import { trustAuthority } from "../../lib/trust.ts";
import { createTimesheetsApi } from "./app.ts";
import { requireToken } from "./authorization.ts";
import { type SecretSource, signingSecretOf } from "./signingSecret.ts";
import { TimesheetStore } from "./store.ts";

export interface TimesheetsApiOptions {
  /** Folder of the database; made where it is missing. */
  readonly dataDir: string;
  /** 0 takes a free one. @default 0 */
  readonly port?: number | undefined;
  /** @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** With the slash at its end, e.g. `https://localhost:8443/`. */
  readonly issuer: string;
  /** The API's identifier. */
  readonly audience: string;
  /** @default "RS256" */
  readonly signingAlgorithm?: "RS256" | "PS256" | "HS256" | undefined;
  /** The API's signing secret, for HS256 alone. */
  readonly secret?: string | undefined;
  /** Where an HS256 API's secret is looked up instead, once the API exists there. */
  readonly tenant?: SecretSource | undefined;
  /** @default "auth0" */
  readonly tokenProfile?: "auth0" | "rfc9068" | undefined;
  /** PEM of the authority behind the issuer's certificate, where the system does not know it. */
  readonly caFile?: string | undefined;
}

export interface RunningTimesheetsApi {
  readonly url: string;
  /** Answers what is in flight, then ends. */
  close(): Promise<void>;
}

const hour = 60 * 60 * 1000;

export async function serveTimesheetsApi(options: TimesheetsApiOptions): Promise<RunningTimesheetsApi> {
  const host = options.host ?? "127.0.0.1";
  if (options.tenant && options.caFile !== undefined) trustAuthority(options.caFile);
  const authorization = requireToken({
    issuer: options.issuer,
    audience: options.audience,
    signingAlgorithm: options.signingAlgorithm ?? "RS256",
    secret: options.secret ?? (options.tenant && signingSecretOf(options.tenant, options.audience)),
    tokenProfile: options.tokenProfile ?? "auth0",
    authority: options.caFile === undefined ? undefined : readFileSync(options.caFile, "utf8"),
  });
  makeOwnFolder(options.dataDir);
  const file = path.join(options.dataDir, "timesheets.db");
  ownDatabaseFile(file);
  const store = new TimesheetStore(file);
  const server = createServer(createTimesheetsApi(store, authorization));
  const cleaning = setInterval(() => store.forgetOldAnswers(), hour);
  cleaning.unref();
  const stop = async () => {
    clearInterval(cleaning);
    await new Promise<void>((resolve) => {
      if (!server.listening) return resolve();
      server.close(() => resolve());
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 5000).unref();
    });
    store.close();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port ?? 0, host, resolve);
    });
  } catch (error) {
    await stop();
    throw portError(error, options.port ?? 0);
  }
  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    close: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function portError(error: unknown, port: number): unknown {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return error;
  return new ToolError("port_taken", `Port ${port} is taken by another program.`, {
    hint: "Stop what listens there, or choose another with --api-port; 0 takes a free one.",
    cause: error,
  });
}
