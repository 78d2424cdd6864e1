/** A tenant's corrected domain takes effect at once, also where the engine reads before it runs the program. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { noReport } from "../../lib/report.ts";
import { startServices } from "../../scripts/access/local/services.ts";
import { m2m, repository } from "../helpers/commandLine.ts";
import { plainEnvironment } from "../helpers/environment.ts";
import { providers } from "../helpers/providers.ts";

// The bundled provider takes the domain from the environment, whatever the state says.
test.runIf(providers.includes("official"))(
  "a rotation and a teardown go to the tenant where it is now, not where the last update found it",
  { timeout: 240_000 },
  async () => {
    const root = await mkdtemp(path.join(os.tmpdir(), "corrected-domain-"));
    const dataDir = path.join(root, "data");
    await cp(path.join(repository, "Pulumi.yaml"), path.join(root, "Pulumi.yaml"));
    for (const folder of ["infra", "node_modules", "package.json"]) {
      await symlink(path.join(repository, folder), path.join(root, folder));
    }
    const settings = (domain: string) =>
      writeFile(path.join(root, "Pulumi.dev.yaml"), `config:\n  auth0:domain: ${domain}\n`);
    const serve = async () => {
      const services = await startServices({
        dataDir,
        port: 0,
        apiPort: 0,
        provider: "official",
        apis: async () => [],
        env: plainEnvironment(),
        report: noReport,
      });
      await services.ready;
      return services;
    };
    let services = await serve();
    const run = async (...argv: string[]) => {
      const { clientId, clientSecret, trustFile, caFile } = services.record;
      const env = {
        AUTH0_CLIENT_ID: clientId,
        AUTH0_CLIENT_SECRET: clientSecret,
        SSL_CERT_FILE: trustFile,
        NODE_EXTRA_CA_CERTS: caFile,
        PULUMI_BACKEND_URL: `${pathToFileURL(path.join(dataDir, "state")).href}?metadata=skip`,
        PULUMI_CONFIG_PASSPHRASE: "passphrase",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      };
      const { code, stdout, stderr } = await m2m([...argv, "--stack", "dev"], { cwd: root, env });
      if (code !== 0) expect.fail(stdout + stderr);
    };
    const restart = async () => {
      const before = services.record.domain;
      await services.close();
      services = await serve();
      expect(services.record.domain).not.toBe(before);
      await correct();
    };
    const correct = async () => {
      const file = path.join(root, "Pulumi.dev.yaml");
      const salt = /^encryptionsalt: .*$/m.exec(await readFile(file, "utf8"))?.[0] ?? "";
      await writeFile(file, `${salt}\nconfig:\n  auth0:domain: ${services.record.domain}\n`);
    };
    try {
      await settings(services.record.domain);
      await run("bootstrap", "--yes");
      await restart();
      await run("rotate", "secret");
      await restart();
      await run("teardown", "--yes");
    } finally {
      await services.close();
      await rm(root, { recursive: true, force: true });
    }
  },
);
