/** Every command that comes near a secret, on both providers: none is printed, shown by ps, logged, or left open in a file. */
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { makeKeyPair } from "../../scripts/access/rotate/key/keyPair.ts";
import { localPassphrase } from "../../scripts/session/localRecord.ts";
import type { CommandResult } from "../helpers/commandLine.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";
import {
  openFilesWith,
  secretsIn,
  secretsOf,
  watchCommandLines,
  whereSecretsAre,
} from "../helpers/secrets.ts";

let local: LocalStack;
afterEach(() => local.close());

const anything = z.unknown();
/** In the metadata of an application, under a name that says what it is. */
const password = "hunter2-in-metadata";

const signingJob = `  second-job:
    name: Second Job
    authentication: private_key_jwt
    publicKeys: [keys/second-job.pem]
    grants: { timesheets: [read:timesheets] }
`;

const run = (...argv: string[]) => local.run([...argv, "--stack", "local"]);

const importHours = (...argv: string[]) =>
  local.runImport([
    path.join(local.folder, "hours.csv"),
    ...["--stack", "local", "--application", "import-job"],
    ...argv,
  ]);

interface Ids {
  readonly api: string;
  readonly client: string;
}

/** Each with its exit code; what is to be found before it runs comes first. */
const commands: Record<string, readonly [code: number, (ids: Ids) => Promise<CommandResult>]> = {
  "verify in text": [0, () => run("verify")],
  "verify in JSON, with the API": [
    0,
    () => run("verify", "--json", "--api-url", local.record.apis.timesheets ?? ""),
  ],
  "drift in text, after changes by hand": [
    7,
    async ({ api, client }) => {
      await local.management.send("PATCH", `resource-servers/${api}`, { signing_alg: "HS256" }, anything);
      const change = { name: "Renamed", client_metadata: { db_password: password } };
      await local.management.send("PATCH", `clients/${client}`, change, anything);
      return run("drift");
    },
  ],
  "drift in Markdown and JSON": [
    7,
    () => run("drift", "--format", "markdown", "--output", `json=${path.join(local.folder, "drift.json")}`),
  ],
  "drift in JSON, with the engine's view": [7, () => run("drift", "--json", "--engine")],
  "drift that fixes": [0, () => run("drift", "--fix", "--yes", "--fail-on", "weakened")],
  "rotate secret": [
    0,
    () =>
      run(
        ...["rotate", "secret", "--application", "import-job"],
        ...["--credentials", "kubernetes-secret", "--out", path.join(local.folder, "secret.yaml")],
      ),
  ],
  "rotate key": [0, () => run("rotate", "key", "--application", "second-job", "--json")],
  "rotate signing-key": [0, () => run("rotate", "signing-key")],
  "verify of both kinds of applications": [0, () => run("verify")],
  "an import with the stack's secret": [0, () => importHours()],
  "an import whose token is kept": [
    0,
    () => {
      const at = (name: string) => path.join(local.folder, name);
      return importHours("--token-cache", at("token"), "--checkpoint", at("again"));
    },
  ],
  release: [0, () => run("release", "second-job", "--yes", "--json")],
  teardown: [0, () => run("teardown", "--yes", "--adopted", "delete")],
};

test.each(providers)("on the %s provider", async (provider) => {
  local = await startLocal({ provider });
  const { timesheets } = await local.seed();
  const pair = await makeKeyPair(2048);
  const keys = path.join(local.record.dataDir, "keys");
  await mkdir(keys, { mode: 0o700 });
  await writeFile(path.join(keys, "second-job.pem"), pair.privateKey, { mode: 0o600 });
  await mkdir(path.join(local.folder, "keys"));
  await writeFile(path.join(local.folder, "keys/second-job.pem"), pair.publicKey);
  await writeFile(
    path.join(local.folder, "hours.csv"),
    "user_id,date,project,hours\ncontractor-1,2026-01-05,alpha,7.5\n",
  );
  const yaml = await readFile(local.modelFile, "utf8");
  await local.setModel(`${yaml.split("exceptions:")[0]}${signingJob}`);

  const secrets = new Map([
    [password, "a password in metadata"],
    [localPassphrase, "the passphrase of the state"],
  ]);
  const commandLines = watchCommandLines();
  const found: string[] = [];
  const look = async (title: string, { stdout, stderr }: CommandResult) => {
    for (const [secret, name] of await secretsOf(local)) secrets.set(secret, name);
    const logged = await local.management.list("logs", "logs", anything, { sort: "date:1" });
    // Metadata is no secret to Auth0 and the engine: it is in the entry of this test's own request, and in the state.
    const kept = new Map([...secrets].filter(([secret]) => secret !== password));
    const places = [
      ...secretsIn(stdout + stderr, secrets, "output"),
      ...(await whereSecretsAre(kept, local, "")),
      ...secretsIn(JSON.stringify(logged), kept, "the tenant's log"),
      ...(await openFilesWith(secrets, local.folder)),
    ];
    found.push(...places.map((place) => `${title}: ${place}`));
  };

  const out = path.join(local.folder, "job.json");
  const credentials = ["--application", "import-job", "--credentials", "json", "--out", out];
  const first = await run("bootstrap", "--yes", ...credentials);
  expect(first.code, first.stderr).toBe(0);
  expect((await stat(out)).mode & 0o777).toBe(0o600);
  await look("bootstrap", first);
  const ids = { api: timesheets?.resourceServerId ?? "", client: timesheets?.clientId ?? "" };
  for (const [title, [code, command]] of Object.entries(commands)) {
    const result = await command(ids);
    expect(result.code, `${title}: ${result.stdout}${result.stderr}`).toBe(code);
    await look(title, result);
  }
  expect(found).toEqual([]);
  expect([...secrets.values()].filter((name) => name.startsWith("secret of client")).length).toBeGreaterThan(
    2,
  );
  expect(secretsIn(commandLines.stop(), secrets, "ps")).toEqual([]);
});
