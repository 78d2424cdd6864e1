/** The tenant over TLS and the API over plain HTTP, each in a process of its own, with an empty database every time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { requestAccessToken } from "../../scripts/tokens/accessToken.ts";
import { startApiProcess } from "../../test/scripts/import/apiProcess.ts";
import { type ImportTenant, startImportTenant } from "../../test/scripts/import/importTenant.ts";

export interface BenchApi extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly credentialsFile: string;
}

/** A fresh API. */
export async function startBenchApi(tenant: ImportTenant): Promise<BenchApi> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "timesheets-bench-"));
  const { issuer, audience, caFile, credentials } = tenant;
  const api = await startApiProcess({ dataDir: path.join(folder, "api"), issuer, audience, caFile });
  const credentialsFile = path.join(folder, "credentials.json");
  writeFileSync(credentialsFile, JSON.stringify({ ...credentials, apiUrl: api.url }), { mode: 0o600 });
  return {
    url: api.url,
    folder,
    credentialsFile,
    [Symbol.asyncDispose]: async () => {
      await api.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function tokenOf(tenant: ImportTenant): Promise<string> {
  const { clientId = "", clientSecret = "" } = tenant.credentials;
  const { value } = await requestAccessToken({
    tokenEndpoint: `${tenant.issuer}oauth/token`,
    clientId,
    audience: tenant.audience,
    proof: { method: "client_secret_post", clientSecret },
  });
  return value;
}

export { type ImportTenant, startImportTenant };
