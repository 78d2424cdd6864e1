/** The provider's process: prints its port on the first line, and ends with whoever started it. */
import { readFileSync } from "node:fs";
import process from "node:process";
import tls from "node:tls";
import { requireLoopback } from "./guard.ts";
import { serve } from "./server.ts";

try {
  if (process.env.AUTH0_DOMAIN) requireLoopback(process.env.AUTH0_DOMAIN.replace(/^https:\/\//, ""));
  trust(process.env.SSL_CERT_FILE);
  const server = await serve(process.env);
  const stop = () => {
    server.close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  // A pipe or channel that closes says that the other end is gone.
  process.stdin.once("end", stop).once("error", stop).resume();
  process.once("disconnect", stop);
  process.stdout.write(`${server.port}\n`);
  // Loading the SDK takes longer than everything before; it is done by the time that the first resource comes.
  await import("auth0");
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** Node reads NODE_EXTRA_CA_CERTS by itself; SSL_CERT_FILE is what the official plugin goes by. */
function trust(file: string | undefined): void {
  if (!file || process.env.NODE_EXTRA_CA_CERTS) return;
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), readFileSync(file, "utf8")]);
}
