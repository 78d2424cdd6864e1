/** A stack that is moved to another tenant, and one whose tenant is named in encrypted form, on the real engine. */
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { ensureEngine } from "../../engine/ensureEngine.ts";
import { noReport } from "../../lib/report.ts";
import { createPulumi } from "../../scripts/pulumi/pulumi.ts";
import { createManagementClient } from "../../scripts/tenant/managementClient.ts";
import { m2m } from "../helpers/commandLine.ts";
import { plainEnvironment } from "../helpers/environment.ts";
import { createOwnProject, serveTenantAlone } from "../helpers/ownProject.ts";
import { providers } from "../helpers/providers.ts";

// The bundled provider takes no stack but `local`.
test.runIf(providers.includes("official"))(
  "--move-tenant sets up the new tenant and leaves the old one as it is; an encrypted domain stays encrypted",
  { timeout: 300_000 },
  async () => {
    const { signal } = new AbortController();
    const root = await createOwnProject("moved-stack-");
    const settings = path.join(root, "Pulumi.dev.yaml");
    const serve = async (name: string) => {
      const services = await serveTenantAlone(path.join(root, name));
      const { domain, clientId, clientSecret, caFile } = services.record;
      const credentials = { clientId, clientSecret };
      const management = createManagementClient({ domain, credentials }, { signal });
      const names = async () => {
        const all = await management.list("clients", "clients", z.object({ name: z.string() }));
        return all.map(({ name: one }) => one);
      };
      const env = { AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret };
      return { services, domain, caFile, names, env };
    };
    const [old, other] = [await serve("old"), await serve("other")];
    const authorities = path.join(root, "authorities.pem");
    const trusted = [old.services.record.trustFile, other.caFile].map((file) => readFile(file, "utf8"));
    await writeFile(authorities, (await Promise.all(trusted)).join("\n"));
    const shared = {
      SSL_CERT_FILE: authorities,
      NODE_EXTRA_CA_CERTS: authorities,
      PULUMI_BACKEND_URL: `${pathToFileURL(root).href}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE: "passphrase",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const run = (env: Record<string, string>, ...argv: string[]) =>
      m2m([...argv, "--stack", "dev"], { cwd: root, env: { ...shared, ...env } });
    const job = "Timesheets Import Job";
    try {
      const first = await run({ ...old.env, AUTH0_DOMAIN: old.domain }, "bootstrap", "--yes");
      expect(first.code, first.stderr).toBe(0);
      const there = { ...other.env, AUTH0_DOMAIN: other.domain };
      const refused = await run(there, "bootstrap", "--yes");
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(old.domain);
      expect(refused.stderr).toContain(other.domain);
      expect(await other.names()).not.toContain(job);

      const moved = await run(there, "bootstrap", "--yes", "--move-tenant");
      expect(moved.code, moved.stderr).toBe(0);
      expect(await other.names()).toContain(job);
      expect(await old.names()).toContain(job);
      expect(await readFile(settings, "utf8")).toContain(`timesheets:tenant: ${other.domain}`);

      const engine = await ensureEngine({ env: plainEnvironment(), signal, report: noReport });
      const stack = { name: "dev", root, env: { ...plainEnvironment(), ...shared } };
      const pulumi = createPulumi(engine, stack, { report: noReport, signal });
      await pulumi.must(["config", "set", "--secret", "auth0:domain", other.domain]);
      const text = await readFile(settings, "utf8");
      await writeFile(settings, text.replace(/^ *timesheets:tenant: .*\n/m, ""));
      for (const argv of [["drift"], ["bootstrap", "--yes"], ["verify"]]) {
        const { code, stdout, stderr } = await run(other.env, ...argv);
        expect(code, stdout + stderr).toBe(0);
      }
      expect(await readFile(settings, "utf8")).not.toContain(other.domain);
      const wrong = await run({ ...old.env, AUTH0_DOMAIN: old.domain }, "drift");
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).toContain(`auth0:domain in Pulumi.dev.yaml names the tenant ${other.domain}`);
    } finally {
      await Promise.all([old.services.close(), other.services.close()]);
      await rm(root, { recursive: true, force: true });
    }
  },
);
