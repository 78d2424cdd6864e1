/** The local tenant as a process of its own: says where it listens on one line, then serves. Arguments: data folder. */
import { enableCompileCache } from "node:module";

// Compiling and stripping types from fifty files takes longer than everything else that a start does.
enableCompileCache();
const { serveTenant } = await import("../local/tenant/serve.ts");

const tenant = await serveTenant({ dataDir: process.argv[2] ?? "" });
const { url, caFile, clientId, clientSecret } = tenant;
process.stdout.write(`${JSON.stringify({ url, caFile, clientId, clientSecret })}\n`);
// The channel to the parent would keep the process alive.
process.once("SIGTERM", async () => {
  await tenant.close();
  process.disconnect?.();
});
process.on("message", () => process.send?.(process.memoryUsage().rss));
