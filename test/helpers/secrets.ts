/** Looks for a local stack's secrets where none may be: in what was printed, in the engine's state, in its logs. */
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { LocalStack } from "./localStack.ts";

const clientSchema = z.object({ client_id: z.string(), client_secret: z.string().optional() });
const serverSchema = z.object({ identifier: z.string(), signing_secret: z.string().optional() });

/** Every secret of the tenant by what it is: client secrets, signing secrets, what the commands enter with. */
export async function secretsOf({ management, record }: LocalStack): Promise<Map<string, string>> {
  const clients = await management.list("clients", "clients", clientSchema);
  const servers = await management.list("resource-servers", "resource_servers", serverSchema);
  const named = [
    ...clients.map(({ client_id, client_secret }) => [client_secret, `secret of client ${client_id}`]),
    ...servers.map(({ identifier, signing_secret }) => [signing_secret, `signing secret of ${identifier}`]),
    [record.clientSecret, "secret of the management application"],
    [record.controlKey, "key of the control interface"],
  ] as const;
  const secrets = new Map<string, string>();
  for (const [secret, name] of named) if (secret) secrets.set(secret, name ?? "a secret");
  return secrets;
}

/** Where any of them stands in clear, or a private key or a token does: empty when all is well. */
export async function whereSecretsAre(
  secrets: ReadonlyMap<string, string>,
  local: LocalStack,
  printed: string,
): Promise<string[]> {
  const texts = new Map([["output", printed]]);
  for (const [file, content] of await local.files()) {
    if (file.startsWith("state") || file === "ids.yaml") texts.set(file, content.toString("latin1"));
  }
  for (const [file, text] of await recentLogs(local)) texts.set(file, text);
  return [...texts].flatMap(([place, text]) => secretsIn(text, secrets, place));
}

/** Those of the secrets, and private keys and tokens of any kind, that stand in a text. */
export function secretsIn(text: string, secrets: ReadonlyMap<string, string>, place: string): string[] {
  return [
    ...[...secrets].flatMap(([secret, name]) => (text.includes(secret) ? [`${name} in ${place}`] : [])),
    ...(/PRIVATE KEY-----/.test(text) ? [`a private key in ${place}`] : []),
    ...(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{40,}/.test(text) ? [`a token in ${place}`] : []),
  ];
}

/** The engine's own logs of the last minutes. */
async function recentLogs({ engine }: LocalStack): Promise<[string, string][]> {
  const folder = path.join(engine.env.PULUMI_HOME ?? "", "logs");
  const names = await readdir(folder).catch(() => []);
  const logs: [string, string][] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
    if (Date.now() - mtimeMs < 300_000) logs.push([file, await readFile(file, "latin1").catch(() => "")]);
  }
  return logs;
}

/** Collects what `ps` would show of every process, until it is stopped; Linux alone. */
export function watchCommandLines(): { stop(): string } {
  const seen = new Set<string>();
  const look = () => {
    for (const pid of process.platform === "linux" ? readdirSync("/proc") : []) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " "));
      } catch {
        // Gone since.
      }
    }
  };
  const timer = setInterval(look, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen].join("\n");
    },
  };
}

/** Files below a folder that hold a secret, a private key or a token, and that others may read. */
export async function openFilesWith(secrets: ReadonlyMap<string, string>, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const { mode } = await stat(file);
    if ((mode & 0o077) === 0) continue;
    found.push(...secretsIn(await readFile(file, "latin1"), secrets, file));
  }
  return found;
}
