/** A local tenant as the default access model describes it, and what the import's tests change behind its back. */
import { z } from "zod";
import { accessModel } from "../../helpers/accessModel.ts";
import { provision, startTenant } from "../../helpers/tenant.ts";

export interface ImportTenant {
  /** `https://localhost:<port>/` */
  readonly issuer: string;
  readonly audience: string;
  readonly caFile: string;
  /** What a credentials file holds, without the API's address. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Seconds that the next tokens live. */
  setLifetime(seconds: number): Promise<void>;
  /** Scopes of the next tokens; the API declares no others than the scenario's five. */
  grant(scopes: readonly string[]): Promise<void>;
  /** Takes the grant away: the next tokens are refused. */
  revoke(): Promise<void>;
  /** Grants batch:upload again. */
  restore(): Promise<void>;
  /** Signs with the next key from now on; both stay published. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

export async function startImportTenant(): Promise<ImportTenant> {
  const tenant = await startTenant();
  const model = accessModel();
  const { apiId, clientId, clientSecret, grantId } = await provision(tenant, model);
  const audience = model.apis.timesheets?.identifier ?? "";
  return {
    issuer: tenant.issuer,
    audience,
    caFile: tenant.tenant.caFile,
    credentials: { domain: tenant.tenant.domain, clientId, clientSecret, audience },
    setLifetime: async (seconds) => {
      await tenant.write("PATCH", `resource-servers/${apiId}`, { token_lifetime: seconds });
    },
    grant: async (scope) => {
      await tenant.write("PATCH", `client-grants/${grantId}`, { scope });
    },
    revoke: async () => {
      await tenant.write("DELETE", `client-grants/${grantId}`);
    },
    restore: async () => {
      await tenant.write("POST", "client-grants", { client_id: clientId, audience, scope: ["batch:upload"] });
    },
    rotate: async () => {
      await tenant.management.send("POST", "keys/signing/rotate", undefined, z.unknown());
    },
    close: () => tenant.close(),
  };
}
