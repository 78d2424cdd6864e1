/** `timesheets bootstrap`: from a tenant and one management credential to access that is as the model says. */
import { createInterface } from "node:readline/promises";
import { type Context, defineCommand } from "../lib/command.ts";
import { exitCodes, usageError } from "../lib/errors.ts";
import { print, printJson, say } from "../lib/output.ts";
import type { ChosenClients } from "./discover.ts";
import type { Plan, Step } from "./plan.ts";

export const bootstrap = defineCommand({
  command: "bootstrap",
  describe: "Bring a tenant to what the access model says, adopting what the Dashboard made",
  examples: [
    ["$0 bootstrap --stack local --yes", "The local tenant, without asking"],
    ["$0 bootstrap --stack production --dry-run", "Show what would be made, adopted, renamed and changed"],
    ["$0 bootstrap --stack dev --client-id import-job=<client id>", "Choose among applications of one name"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", { type: "string", demandOption: true, requiresArg: true, describe: "The stack" })
      .option("yes", { type: "boolean", default: false, describe: "Do not ask" })
      .option("dry-run", { type: "boolean", default: false, describe: "Show the plan and change nothing" })
      .option("adopt", {
        choices: ["auto", "require", "never"] as const,
        default: "auto" as const,
        describe: "Whether what exists is brought under management",
      })
      .option("client-id", {
        type: "string",
        array: true,
        requiresArg: true,
        default: [] as string[],
        describe: "The application to adopt: a client id, or <application>=<client id>",
      })
      .option("provider", {
        choices: ["bundled", "official"] as const,
        default: "bundled" as const,
        describe: "Plugin on the stack local",
      }),
  run: async (options, context) => {
    const [{ openStack, stackOption }, { loadRuledModel }] = await Promise.all([
      import("../lib/stack.ts"),
      import("../lib/accessModel.ts"),
    ]);
    const stack = openStack(stackOption(options.stack), context, options.provider);
    const model = await loadRuledModel({
      file: stack.accessModelFile,
      stack: stack.name,
      stackFile: stack.settingsFile,
    });
    const chosen = chosenClients(options.clientId, Object.keys(model.applications));
    const interactive = isTerminal(context.stdin) && isTerminal(context.stderr);
    if (!options.yes && !options.dryRun && !interactive) {
      throw usageError("There is no terminal to ask on.", "Add --yes, or --dry-run to see the plan alone.");
    }
    const { openBootstrap, prepareBootstrap, runBootstrap } = await import("./bootstrap.ts");
    const tools = await openBootstrap(stack, model, context);
    const prepared = await prepareBootstrap(tools, chosen, options.adopt);
    for (const line of describePlan(prepared.plan)) say(context, line);
    if (options.dryRun) {
      if (options.json) printJson(context, { stack: stack.name, plan: prepared.plan.steps });
      return exitCodes.done;
    }
    if (!options.yes && !(await confirmed(context))) return exitCodes.done;
    const result = await runBootstrap(tools, prepared);
    if (options.json) {
      const { ids, tokens, changed } = result;
      printJson(context, {
        stack: stack.name,
        changed,
        adopted: result.adopted.map(({ title }) => title),
        ids,
        tokens,
      });
    } else {
      print(
        context,
        result.changed
          ? "The tenant is as the model says."
          : "The tenant was as the model says; nothing changed.",
      );
    }
    return exitCodes.done;
  },
});

/** The plan, one line an object. */
export function describePlan({ steps, stale }: Plan): string[] {
  return [
    ...steps.map(describeStep),
    ...stale.map((title) => `refresh  ${title}: the engine knows it under another id`),
  ];
}

function describeStep({ action, title, id, changes }: Step): string {
  const verb = { create: "create", adopt: "adopt", manage: changes.length > 0 ? "change" : "keep" }[action];
  const detail = changes.length > 0 ? `: ${changes.join("; ")}` : "";
  return `${verb.padEnd(8)} ${title}${id ? ` (${id})` : ""}${detail}`;
}

function chosenClients(values: readonly string[], applications: readonly string[]): ChosenClients {
  const chosen: Record<string, string> = {};
  for (const value of values) {
    const [first = "", second] = value.split("=", 2);
    const [key, clientId] = second === undefined ? [applications[0], first] : [first, second];
    if (second === undefined && applications.length > 1) {
      throw usageError("The model has several applications.", "Write --client-id <application>=<client id>.");
    }
    if (key === undefined || !applications.includes(key)) {
      throw usageError(
        `--client-id names ${key}, which is no application of the model.`,
        `It has ${applications.join(", ")}.`,
      );
    }
    if (!clientId) throw usageError("--client-id needs a client id.");
    chosen[key] = clientId;
  }
  return chosen;
}

async function confirmed(context: Context): Promise<boolean> {
  const terminal = createInterface({ input: context.stdin, output: context.stderr });
  try {
    const answer = await terminal.question("Do this? [y/N] ", { signal: context.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function isTerminal(stream: unknown): boolean {
  return (stream as { isTTY?: boolean }).isTTY === true;
}
