/** `timesheets local`: serves an Auth0-compatible tenant, the Timesheets API and the bundled provider on this machine. */

import { once } from "node:events";
import { rm } from "node:fs/promises";
import { defineCommand } from "../lib/command.ts";
import { exitCodes, ToolError } from "../lib/errors.ts";
import { findLocalRecord, localDataDir, localStack } from "../lib/localRecord.ts";
import { print, printJson, say } from "../lib/output.ts";
import { accessModelFile, findProjectRoot, stackFile } from "../lib/project.ts";

const rateLimits = ["none", "free", "self-service", "enterprise"] as const;

export const local = defineCommand({
  command: "local [action]",
  describe:
    "Serve a local tenant and the Timesheets API; env prints a shell's variables, reset forgets everything",
  examples: [
    ["$0 local", "Serve until Ctrl-C"],
    ["$0 local --seed", "Begin as the Dashboard leaves a tenant after Create API"],
    ['eval "$($0 local env)"', "Let plain pulumi commands in this shell use it: npx pulumi up -s local"],
    ["$0 local reset", "Forget everything that the local tenant knows"],
  ],
  options: (yargs) =>
    yargs
      .positional("action", { choices: ["serve", "env", "reset"] as const, default: "serve" as const })
      .option("port", { type: "number", default: 4443, describe: "Port of the tenant; 0 takes a free one" })
      .option("api-port", {
        type: "number",
        default: 4480,
        describe: "Port of the Timesheets API; 0 takes a free one",
      })
      .option("host", { type: "string", default: "127.0.0.1", describe: "Address to listen on" })
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
    const dataDir = localDataDir(context.cwd, context.env);
    if (options.action === "env") {
      const { localShell, shellLines } = await import("./environment.ts");
      const variables = await localShell(context);
      if (options.json) printJson(context, variables);
      else print(context, shellLines(variables));
      return exitCodes.done;
    }
    if (options.action === "reset") {
      const running = findLocalRecord(dataDir);
      if (running) {
        throw new ToolError("local_running", `The local tenant is running (pid ${running.pid}).`, {
          hint: "Stop it first.",
        });
      }
      await rm(dataDir, { recursive: true, force: true });
      if (options.json) printJson(context, { reset: dataDir });
      else say(context, `Removed ${dataDir}.`);
      return exitCodes.done;
    }
    const { startServices, timesheetsApiOf } = await import("./services.ts");
    const readModel = async () => {
      const { loadModel } = await import("../lib/accessModel.ts");
      const root = findProjectRoot(context.cwd);
      return loadModel({
        file: accessModelFile(root, context.env),
        stack: localStack,
        stackFile: stackFile(root, localStack),
      });
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
      if (options.json) {
        const { domain, url, caFile, clientId, clientSecret, apiUrl, controlUrl, controlKey } =
          services.record;
        const line = { domain, url, caFile, clientId, clientSecret, apiUrl, dataDir, controlUrl, controlKey };
        context.stdout.write(`${JSON.stringify(line)}\n`);
      } else {
        const { url, apiUrl } = services.record;
        print(context, `Tenant          ${url}`);
        print(context, `Timesheets API  ${apiUrl}`);
        print(context, `Data folder     ${dataDir}`);
        print(context, "");
        print(
          context,
          'In another shell:  eval "$(npx timesheets local env)"  and then  npx pulumi up -s local',
        );
        print(context, "Ctrl-C stops it; what it knows is kept.");
      }
      if (!context.signal.aborted) await once(context.signal, "abort");
    } finally {
      await services.close();
    }
    return exitCodes.done;
  },
});
