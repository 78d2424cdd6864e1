/** A tenant's corrected domain takes effect at once, also where the engine reads before it runs the program. */
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { m2m } from "../helpers/commandLine.ts";
import { createOwnProject, serveTenantAlone } from "../helpers/ownProject.ts";
import { providers } from "../helpers/providers.ts";

// The bundled provider takes the domain from the environment, whatever the state says.
test.runIf(providers.includes("official"))(
  "a rotation and a teardown go to the tenant where it is now, not where the last update found it",
  { timeout: 240_000 },
  async () => {
    const root = await createOwnProject("corrected-domain-");
    const dataDir = path.join(root, "data");
    const settings = (domain: string) =>
      writeFile(path.join(root, "Pulumi.dev.yaml"), `config:\n  auth0:domain: ${domain}\n`);
    const serve = () => serveTenantAlone(dataDir);
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
      await run("teardown", "--yes", "--adopted", "delete");
    } finally {
      await services.close();
      await rm(root, { recursive: true, force: true });
    }
  },
);
