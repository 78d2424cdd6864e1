/** `auth0-m2m local serve`, the default: serves until Ctrl-C. */
import { once } from "node:events";
import { exitCodes } from "../../../lib/errors.ts";
import { localDataDir, localStack } from "../../session/localRecord.ts";
import { accessModelSource, findProjectRoot } from "../../session/project.ts";
import { type Context, defineCommand } from "../../terminal/command.ts";
import { print } from "../../terminal/output.ts";
import { createReporter } from "../../terminal/reporter.ts";
import { port } from "../../terminal/values.ts";
import type { Services } from "./services.ts";

const rateLimits = ["none", "free", "self-service", "enterprise"] as const;

export const localServe = defineCommand({
  name: "serve",
  describe: "Serve until Ctrl-C; keep the data",
  examples: [
    ["$0 local --port 0 --api-port 0 --json", "Take free ports; print one line of JSON once it serves"],
    ["$0 local --rate-limit free", "Apply the limits of Auth0's free plan"],
  ],
  options: {
    port: {
      type: "string",
      value: "port",
      default: "4443",
      parse: port,
      describe: "Serve the tenant here; 0 takes a free port",
    },
    "api-port": {
      type: "string",
      value: "port",
      default: "4480",
      parse: port,
      describe: "Serve the first API here, others after it; 0 takes free ports",
    },
    host: { type: "string", value: "address", defaultText: "127.0.0.1", describe: "Listen on this address" },
    seed: { type: "boolean", describe: "Create the model's APIs as the Dashboard would" },
    "rate-limit": {
      type: "string",
      value: "plan",
      choices: rateLimits,
      default: "none",
      describe: "Apply the limits of this Auth0 plan",
    },
    provider: {
      type: "string",
      choices: ["bundled", "official"],
      default: "bundled",
      describe: "Use this plugin behind Pulumi's auth0 resources",
    },
  },
  run: async (options, context) => {
    const dataDir = localDataDir(context.cwd, context.env);
    const { startServices } = await import("./services.ts");
    const readModel = async () => {
      const { loadModel } = await import("../../session/accessModel.ts");
      return loadModel(accessModelSource(findProjectRoot(context.cwd), context.env, localStack));
    };
    let names: (readonly [key: string, name: string])[] = [];
    const services = await startServices({
      dataDir,
      port: options.port,
      apiPort: options.apiPort,
      host: options.host,
      rateLimit: options.rateLimit,
      provider: options.provider,
      apis: async () => {
        const { readLocalSettings } = await import("./localApis.ts");
        const { apis } = await readLocalSettings(findProjectRoot(context.cwd), await readModel());
        names = apis.map(({ api }) => [api.key, api.name]);
        return apis;
      },
      env: context.env,
      report: createReporter(context),
    });
    try {
      if (options.seed) {
        const { seedAsDashboard } = await import("./seed.ts");
        await seedAsDashboard(services.record, await readModel());
      }
      announce(services, new Map(names), options.json, context);
      if (!context.signal.aborted) await once(context.signal, "abort");
    } finally {
      await services.close();
    }
    return exitCodes.done;
  },
});

/** @param names API key -> what the Dashboard calls the API. */
function announce(
  { record }: Services,
  names: ReadonlyMap<string, string>,
  json: boolean,
  context: Context,
): void {
  const { domain, url, caFile, clientId, clientSecret, apis, dataDir, controlUrl, controlKey } = record;
  if (json) {
    const line = { domain, url, caFile, clientId, clientSecret, apis, dataDir, controlUrl, controlKey };
    context.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const lines = [
    ["Tenant", url],
    ...Object.entries(apis).map(([key, address]) => [names.get(key) ?? key, address]),
    ["Data folder", dataDir],
  ];
  const width = Math.max(...lines.map(([name = ""]) => name.length));
  for (const [name = "", value] of lines) print(context, `${name.padEnd(width)}  ${value}`);
  print(context);
  print(context, 'In another shell:  eval "$(npx auth0-m2m local env)"  and then  npx pulumi up -s local');
  print(context, "Ctrl-C stops it; what it knows is kept.");
}
