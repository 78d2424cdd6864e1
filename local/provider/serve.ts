/** Starts the bundled provider in a process of its own. */
import { spawn } from "node:child_process";
import path from "node:path";
import process from "node:process";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { ProviderError } from "./errors.ts";

export interface ProviderOptions {
  /**
   * AUTH0_DOMAIN (loopback alone), AUTH0_CLIENT_ID with AUTH0_CLIENT_SECRET or AUTH0_API_TOKEN, and the tenant's CA in
   * NODE_EXTRA_CA_CERTS or SSL_CERT_FILE.
   */
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export interface RunningProvider {
  /** For `PULUMI_DEBUG_PROVIDERS=auth0:<port>`. */
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
}

/** Milliseconds until a process that should have ended is killed. */
const patience = 2_000;

/**
 * Starts the provider and resolves when it listens. It ends with `close()`, and when this process ends.
 *
 * @throws {ProviderError} with the provider's own message when it cannot start
 */
export async function startProvider({ env }: ProviderOptions): Promise<RunningProvider> {
  const child = spawn(process.execPath, [mainModule()], { env, stdio: ["pipe", "pipe", "pipe"] });
  // The pipe is only there to close with this process; writing to it is nobody's business.
  child.stdin.on("error", () => {});
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    const lines = readline.createInterface({ input: child.stdout });
    lines.once("line", (line) => resolve(Number(line)));
    child.once("error", reject);
    child.once("close", () =>
      reject(new ProviderError(complaint.trim() || "the bundled provider did not start")),
    );
  });
  return {
    port,
    pid: child.pid ?? 0,
    async close() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), patience);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** `main.ts` here, or `main.js` in the emitted package. */
function mainModule(): string {
  const own = fileURLToPath(import.meta.url);
  return path.join(path.dirname(own), `main${path.extname(own)}`);
}
