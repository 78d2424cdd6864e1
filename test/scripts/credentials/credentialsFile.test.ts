/** Credentials files: what a shell, a program and Kubernetes read from them, and who else can. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { assertCredentialsPlace, writeCredentials } from "../../../scripts/credentials/credentialsFile.ts";
import type { CredentialsFormat } from "../../../scripts/credentials/credentialsOptions.ts";
import { findCredentials } from "../../../scripts/import/credentials.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "timesheets-credentials-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const credentials = {
  application: "import-job",
  api: "timesheets",
  tokenEndpoint: "https://example.eu.auth0.com/oauth/token",
  clientId: "AbCdEfGhIjKlMnOpQrStUvWxYz012345",
  clientSecret: "it's a secret $(date) `date`",
  audience: "https://api.exampleco.com/timesheets",
  authentication: "client_secret_basic",
} as const;

test("env: a shell reads every character as it is", async () => {
  const file = path.join(folder, "job.env");
  await writeCredentials("env", file, credentials);
  const read = execFileSync("sh", [
    "-c",
    'set -a; . "$1"; printf "%s/%s" "$TIMESHEETS_AUTHENTICATION" "$TIMESHEETS_CLIENT_SECRET"',
    "sh",
    file,
  ]);
  expect(read.toString()).toBe(`client_secret_basic/${credentials.clientSecret}`);
});

test.each([
  ["a byte order mark", (document: object) => `\uFEFF${JSON.stringify(document)}`],
  [
    "values that end with a line break",
    (document: object) =>
      JSON.stringify(Object.fromEntries(Object.entries(document).map(([key, value]) => [key, `${value}\n`]))),
  ],
])("the import reads a file with %s", async (_, textOf) => {
  const { tokenEndpoint, clientId, clientSecret, audience } = credentials;
  const file = path.join(folder, "pasted.json");
  writeFileSync(file, textOf({ tokenEndpoint, clientId, clientSecret, audience }), { mode: 0o600 });
  const choice = { credentialsFile: file, application: "import-job", api: "timesheets", stack: undefined };
  const { stdin, stdout, stderr } = process;
  const { signal } = new AbortController();
  const found = await findCredentials(choice, { env: {}, cwd: folder, stdin, stdout, stderr, signal });
  expect(found).toMatchObject({ tokenEndpoint, clientId, audience, authentication: { clientSecret } });
});

test("the variables of an API with another key start with that key", async () => {
  const file = path.join(folder, "billing.env");
  await writeCredentials("env", file, { ...credentials, api: "billing-v2" });
  const names = readFileSync(file, "utf8").match(/^\w+(?==)/gm);
  expect(names).toEqual([
    "BILLING_V2_TOKEN_ENDPOINT",
    "BILLING_V2_CLIENT_ID",
    "BILLING_V2_CLIENT_SECRET",
    "BILLING_V2_AUTHENTICATION",
    "BILLING_V2_AUDIENCE",
  ]);
});

test("json: the import takes the file as it is, authentication included", async () => {
  const file = path.join(folder, "job.json");
  await writeCredentials("json", file, credentials);
  const choice = {
    credentialsFile: file,
    application: "import-job",
    api: "timesheets",
    stack: undefined,
  };
  const found = await findCredentials(choice, { cwd: folder, env: {} } as Parameters<
    typeof findCredentials
  >[1]);
  expect(found).toMatchObject({
    tokenEndpoint: credentials.tokenEndpoint,
    clientId: credentials.clientId,
    audience: credentials.audience,
    authentication: { method: "client_secret_basic", clientSecret: credentials.clientSecret },
  });
});

test("kubernetes-secret: a Secret that carries the private key itself, not its path", async () => {
  const file = path.join(folder, "secret.yaml");
  const privateKeyFile = path.join(folder, "key.pem");
  writeFileSync(privateKeyFile, "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n");
  const { clientSecret: _secret, ...rest } = credentials;
  await writeCredentials("kubernetes-secret", file, {
    ...rest,
    authentication: "private_key_jwt",
    privateKeyFile,
  });
  const secret = parse(readFileSync(file, "utf8"));
  expect([secret.apiVersion, secret.kind, secret.type]).toEqual(["v1", "Secret", "Opaque"]);
  expect(secret.metadata).toEqual({ name: "import-job" });
  expect(secret.stringData).toEqual({
    TIMESHEETS_TOKEN_ENDPOINT: credentials.tokenEndpoint,
    TIMESHEETS_CLIENT_ID: credentials.clientId,
    TIMESHEETS_AUDIENCE: credentials.audience,
    "private-key.pem": readFileSync(privateKeyFile, "utf8"),
    "credentials.json": expect.stringContaining('"privateKeyFile": "private-key.pem"'),
  });
});

test.each(["client_secret_basic", "private_key_jwt"] as const)(
  "kubernetes-secret: what it holds for %s is read as files where it is mounted",
  async (authentication) => {
    const file = path.join(folder, "mounted.yaml");
    const privateKeyFile = path.join(folder, "mounted.pem");
    writeFileSync(privateKeyFile, "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n", {
      mode: 0o600,
    });
    const proof =
      authentication === "private_key_jwt" ? { clientSecret: undefined, privateKeyFile } : credentials;
    await writeCredentials("kubernetes-secret", file, { ...credentials, ...proof, authentication });
    const mount = mkdtempSync(path.join(folder, "mount-"));
    const { stringData } = parse(readFileSync(file, "utf8"));
    for (const name of ["credentials.json", "private-key.pem"].filter((one) => one in stringData))
      writeFileSync(path.join(mount, name), stringData[name], { mode: 0o600 });
    const found = await findCredentials(
      {
        credentialsFile: path.join(mount, "credentials.json"),
        application: "import-job",
        api: "timesheets",
        stack: undefined,
      },
      { cwd: folder, env: {} } as Parameters<typeof findCredentials>[1],
    );
    expect(found).toMatchObject({
      clientId: credentials.clientId,
      audience: credentials.audience,
      authentication:
        authentication === "private_key_jwt"
          ? { method: authentication, privateKey: readFileSync(privateKeyFile, "utf8") }
          : { method: authentication, clientSecret: credentials.clientSecret },
    });
  },
);

test.each<CredentialsFormat>(["env", "json", "kubernetes-secret"])(
  "%s: only the owner may read it, whatever the file was before",
  async (format) => {
    const file = path.join(folder, `open.${format}`);
    writeFileSync(file, "before", { mode: 0o644 });
    chmodSync(file, 0o644);
    await writeCredentials(format, file, credentials);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  },
);

test("refuses a link, a folder and a place that is not there, leaves what stands, and quotes no secret", async () => {
  const target = path.join(folder, "target");
  writeFileSync(target, "kept");
  const link = path.join(folder, "link");
  symlinkSync(target, link);
  const directory = path.join(folder, "directory");
  mkdirSync(directory);
  for (const file of [link, directory, path.join(folder, "missing", "job.env")]) {
    const refusal = await writeCredentials("env", file, credentials).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ exitCode: 2 });
    await expect(assertCredentialsPlace(file)).rejects.toMatchObject({ exitCode: 2 });
    expect(String((refusal as Error).message)).not.toContain(credentials.clientSecret);
  }
  expect(readFileSync(target, "utf8")).toBe("kept");
  expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
});
