/** `auth0-m2m graph`: who may call what with which scopes, drawn from the model or from the tenant. */

import { exitCodes, usageError } from "../../../lib/errors.ts";
import { stackOption } from "../../session/stackOption.ts";
import { type Context, defineCommand } from "../../terminal/command.ts";
import type { AccessGraph } from "./accessGraph.ts";
import { type GraphFormat, graphFormats } from "./render.ts";

export const graph = defineCommand({
  name: "graph",
  describe: "Draw who may call which API with which scopes",
  examples: [
    ["$0 graph", "Draw the access model as a Mermaid flowchart, for Markdown"],
    ["$0 graph --stack production --format svg > access.svg", "Draw one stack's model as a picture"],
    [
      "$0 graph --stack production --live",
      "Draw what the tenant has; what the model does not name is drawn apart",
    ],
  ],
  options: {
    stack: { ...stackOption, describe: "Apply this stack's overrides" },
    live: { type: "boolean", describe: "Draw the tenant instead of the model; needs --stack" },
    format: { type: "string", choices: graphFormats, defaultText: "mermaid", describe: "Write this format" },
  },
  run: async (options, context) => {
    const format = formatOf(options.format, options.json);
    const access = await accessGraph(options.stack, options.live, context);
    const { renderGraph } = await import("./render.ts");
    context.stdout.write(await renderGraph(access, format));
    return exitCodes.done;
  },
});

function formatOf(format: GraphFormat | undefined, json: boolean): GraphFormat {
  if (!json) return format ?? "mermaid";
  if (format === undefined || format === "json") return "json";
  throw usageError(`--json and --format ${format} exclude each other.`, "Leave one of them out.");
}

async function accessGraph(name: string | undefined, live: boolean, context: Context): Promise<AccessGraph> {
  const [{ loadModel }, { modelGraph }] = await Promise.all([
    import("../../session/accessModel.ts"),
    import("./accessGraph.ts"),
  ]);
  if (live) {
    if (name === undefined)
      throw usageError("--live needs a stack.", "Add --stack, for example --stack local.");
    return readTenant(name, context);
  }
  const { accessModelSource, findProjectRoot } = await import("../../session/project.ts");
  const root = findProjectRoot(context.cwd);
  if (name !== undefined) {
    const { assertSettings } = await import("../../session/stackSettings.ts");
    assertSettings(root, name);
  }
  return modelGraph(await loadModel(accessModelSource(root, context.env, name)));
}

async function readTenant(name: string, context: Context): Promise<AccessGraph> {
  const [{ openSession }, { liveGraph, readLiveAccess }] = await Promise.all([
    import("../../session/session.ts"),
    import("./liveGraph.ts"),
  ]);
  const { model, ids, tenant, report } = await openSession(name, context, { enterTenant: true });
  return liveGraph(model, await readLiveAccess(model, ids, tenant, report));
}
