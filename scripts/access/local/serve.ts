/** `auth0-m2m local serve`, the default: serves until Ctrl-C. */
import { once } from "node:events";
import { exitCodes, usageError } from "../../../lib/errors.ts";
import { localDataDir, localStack } from "../../session/localRecord.ts";
import { accessModelSource, findProjectRoot } from "../../session/project.ts";
import { type Context, defineCommand } from "../../terminal/command.ts";
import { print, say } from "../../terminal/output.ts";
import type { Services } from "./services.ts";

const rateLimits = ["none", "free", "self-service", "enterprise"] as const;

export const localServe = defineCommand({
  command: ["serve", "$0"],
  describe: "Serve until Ctrl-C; what it knows is kept",
  examples: [
    ["$0 local --port 0 --api-port 0 --json", "Free ports; one line of JSON once it serves"],
    ["$0 local --rate-limit free", "With the limits of Auth0's free plan"],
  ],
  options: (yargs) =>
    yargs
      .option("port", { type: "number", default: 4443, describe: "Port of the tenant; 0 takes a free one" })
      .option("api-port", {
        type: "number",
        default: 4480,
        describe: "Port of the Timesheets API; 0 takes a free one",
      })
      .option("host", { type: "string", defaultDescription: "127.0.0.1", describe: "Address to listen on" })
      .option("seed", {
        type: "boolean",
        default: false,
        describe: "Make the model's APIs as the Dashboard would",
      })
      .option("rate-limit", {
        choices: rateLimits,
        default: "none" as const,
        describe: "Auth0 plan whose limits apply",
      })
      .option("provider", {
        choices: ["bundled", "official"] as const,
        default: "bundled" as const,
        describe: "Plugin behind Pulumi's auth0 resources",
      }),
  run: async (options, context) => {
    assertPort("port", options.port);
    assertPort("api-port", options.apiPort);
    const dataDir = localDataDir(context.cwd, context.env);
    const { startServices, timesheetsApiOf } = await import("./services.ts");
    const readModel = async () => {
      const { loadModel } = await import("../../session/accessModel.ts");
      return loadModel(accessModelSource(findProjectRoot(context.cwd), context.env, localStack));
    };
    const services = await startServices({
      dataDir,
      port: options.port,
      apiPort: options.apiPort,
      host: options.host,
      rateLimit: options.rateLimit,
      provider: options.provider,
      api: async () => timesheetsApiOf(await readModel()),
      env: context.env,
      onWarning: (text) => say(context, text),
    });
    try {
      if (options.seed) {
        const { seedAsDashboard } = await import("./seed.ts");
        await seedAsDashboard(services.record, await readModel());
      }
      announce(services, dataDir, options.json, context);
      if (!context.signal.aborted) await once(context.signal, "abort");
    } finally {
      await services.close();
    }
    return exitCodes.done;
  },
});

function announce({ record }: Services, dataDir: string, json: boolean, context: Context): void {
  const { domain, url, caFile, clientId, clientSecret, apiUrl, controlUrl, controlKey } = record;
  if (json) {
    const line = { domain, url, caFile, clientId, clientSecret, apiUrl, dataDir, controlUrl, controlKey };
    context.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  print(context, `Tenant          ${url}`);
  print(context, `Timesheets API  ${apiUrl}`);
  print(context, `Data folder     ${dataDir}`);
  print(context);
  print(context, 'In another shell:  eval "$(npx auth0-m2m local env)"  and then  npx pulumi up -s local');
  print(context, "Ctrl-C stops it; what it knows is kept.");
}

function assertPort(option: string, port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return;
  throw usageError(`--${option} is a port, 0 to 65535.`, "0 takes a free one.");
}
