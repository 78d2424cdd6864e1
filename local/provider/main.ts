/** The provider's process: prints its port on the first line, and exits with its parent process. */
import process from "node:process";
import { messageOf } from "../../lib/errors.ts";
import { trustAuthority } from "../../lib/trust.ts";
import { requireLoopback } from "./guard.ts";
import { serve } from "./server.ts";

try {
  if (process.env.AUTH0_DOMAIN) requireLoopback(process.env.AUTH0_DOMAIN.replace(/^https:\/\//, ""));
  // Node reads NODE_EXTRA_CA_CERTS by itself; SSL_CERT_FILE is what the official plugin goes by.
  const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE } = process.env;
  if (SSL_CERT_FILE && !NODE_EXTRA_CA_CERTS) trustAuthority(SSL_CERT_FILE);
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
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}
