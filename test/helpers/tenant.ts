/** A tenant on this machine that already is what a model says, set up through its Management API. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { type AccessModel, type Application, tokenDialect } from "../../infra/accessModel.ts";
import { machineScopes } from "../../infra/model/declaredGrants.ts";
import { trustAuthority } from "../../lib/trust.ts";
import { type RunningTenant, type ServeOptions, serveTenant } from "../../local/tenant/serve.ts";
import { createManagementClient, type ManagementClient } from "../../scripts/tenant/managementClient.ts";

export interface TestTenant {
  readonly tenant: RunningTenant;
  readonly issuer: string;
  /** May do everything. */
  readonly management: ManagementClient;
  /** Sends a write whose answer does not matter. */
  write(method: "POST" | "PATCH" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export async function startTenant(options: Pick<ServeOptions, "customHost"> = {}): Promise<TestTenant> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "timesheets-tenant-"));
  const tenant = await serveTenant({ dataDir, ...options });
  trustAuthority(tenant.caFile);
  const { domain, clientId, clientSecret } = tenant;
  const { signal } = new AbortController();
  const management = createManagementClient({ domain, credentials: { clientId, clientSecret } }, { signal });
  return {
    tenant,
    issuer: `https://${domain}/`,
    management,
    write: (method, url, body) => management.send(method as "POST", url, body, z.unknown()),
    async close() {
      await tenant.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** What a test needs to know of the objects that were made. */
export interface Provisioned {
  readonly apiId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly grantId: string;
}

/** Makes the model's one API and one application; an API of the same identifier is replaced. */
export async function provision({ write, management }: TestTenant, model: AccessModel): Promise<Provisioned> {
  const [api] = Object.values(model.apis);
  const [application] = Object.values(model.applications);
  if (!api || !application) throw new Error("The model needs an API and an application.");
  await write("DELETE", `resource-servers/${encodeURIComponent(api.identifier)}`);
  const { id: apiId } = await management.send(
    "POST",
    "resource-servers",
    {
      name: api.name,
      identifier: api.identifier,
      signing_alg: api.signingAlgorithm,
      token_dialect: tokenDialect(api),
      enforce_policies: api.permissionsInToken,
      token_lifetime: api.tokenLifetime,
      scopes: Object.entries(api.scopes).map(([value, description]) => ({ value, description })),
    },
    z.object({ id: z.string() }),
  );
  const client = await makeClient(management, application);
  const { id: grantId } = await management.send(
    "POST",
    "client-grants",
    { client_id: client.client_id, audience: api.identifier, scope: machineScopes(application, api) ?? [] },
    z.object({ id: z.string() }),
  );
  return { apiId, clientId: client.client_id, clientSecret: client.client_secret, grantId };
}

export function makeClient(
  management: ManagementClient,
  { name, authentication }: Pick<Application, "name" | "authentication">,
) {
  return management.send(
    "POST",
    "clients",
    {
      name,
      app_type: "non_interactive",
      grant_types: ["client_credentials"],
      token_endpoint_auth_method:
        authentication === "private_key_jwt" ? "client_secret_post" : authentication,
    },
    z.object({ client_id: z.string(), client_secret: z.string() }),
  );
}
