/** The reason why a tenant cannot be used is reported: not there, not trusted, or not willing. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closedPort } from "../../helpers/closedPort.ts";
import { startM2m } from "../../helpers/process.ts";
import { startTenant, type TestTenant } from "../../helpers/tenant.ts";

let server: TestTenant;

beforeAll(async () => {
  server = await startTenant();
});

afterAll(() => server.close());

/** Reads the tenant of stack dev in a process of its own, whose trust nobody touched. */
async function readTenant(env: Record<string, string>) {
  const { ended } = startM2m(["drift", "--stack", "dev"], {
    AUTH0_DOMAIN: server.tenant.domain,
    AUTH0_CLIENT_ID: server.tenant.clientId,
    AUTH0_CLIENT_SECRET: server.tenant.clientSecret,
    NODE_EXTRA_CA_CERTS: server.tenant.caFile,
    ...env,
  });
  const { code, stdout, stderr } = await ended;
  expect(stdout + stderr).not.toContain(server.tenant.clientSecret);
  expect(stderr).not.toMatch(/^\s+at /m);
  return { code, stderr };
}

describe("a command that needs a tenant", () => {
  test("says that nothing listens there, exit code 1", async () => {
    const port = await closedPort();
    const { code, stderr } = await readTenant({ AUTH0_DOMAIN: `localhost:${port}` });
    expect(stderr).toContain(`localhost:${port} cannot be reached: nothing listens there.`);
    expect(code).toBe(1);
  });

  test("says that the certificate is not trusted and how to trust it, exit code 1", async () => {
    const { code, stderr } = await readTenant({ NODE_EXTRA_CA_CERTS: "" });
    expect(stderr).toContain(`The certificate of ${server.tenant.domain} is not trusted`);
    expect(stderr).toContain("NODE_EXTRA_CA_CERTS");
    expect(code).toBe(1);
  });

  test("says that the tenant refused the credentials, exit code 3", async () => {
    const { code, stderr } = await readTenant({ AUTH0_CLIENT_SECRET: "wrong-secret-that-must-not-be-shown" });
    expect(stderr).toContain("access_denied");
    expect(stderr).not.toContain("wrong-secret");
    expect(code).toBe(3);
  });

  test("names every variable that is missing, exit code 2", async () => {
    const { code, stderr } = await readTenant({ AUTH0_DOMAIN: "", AUTH0_CLIENT_SECRET: "" });
    expect(stderr).toContain("set AUTH0_DOMAIN, AUTH0_CLIENT_SECRET");
    expect(code).toBe(2);
  });

  test("refuses a domain that is an address", async () => {
    const { code, stderr } = await readTenant({ AUTH0_DOMAIN: `https://${server.tenant.domain}/` });
    expect(stderr).toContain("Give the host alone");
    expect(code).toBe(2);
  });
});
