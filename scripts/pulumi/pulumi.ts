/**
 * Runs the Pulumi command line for one stack: in the project, in the stack's environment, stopped politely.
 *
 * `@pulumi/pulumi/automation` 3.259.0 was tried in its place and is not used:
 * - Behind each update it starts the engine again for outputs and history, and it takes a second to load: a bootstrap of
 *   an empty local tenant needed 5.5 s of processor time instead of 3.5 s, and 15.6 s instead of 10.6 s on a busy machine
 *   (medians of five).
 * - It saves no lines: `up` through it added 22 and removed 21, and this runner stayed, for `state delete`, `cancel`,
 *   `stack init --no-select`, `stack export`, and exit codes.
 * - It merges its environment over this process's, so that an AUTH0_API_TOKEN of the user's shell reaches the engine that
 *   works on the stack `local`.
 * - A failure has the exit code and the output in one text, and `import` takes no signal.
 */
import { spawn } from "node:child_process";
import { z } from "zod";
import type { Engine } from "../../engine/ensureEngine.ts";
import { pulumiEnvironment } from "../../engine/pulumi.ts";
import { normalDomain } from "../../infra/tenant.ts";
import { exitCodes, interruption, ToolError } from "../../lib/errors.ts";
import { parseJson } from "../../lib/json.ts";
import { noReport, type Report } from "../../lib/report.ts";
import { passphraseError } from "./passphrase.ts";
import { planLimitError } from "./planLimit.ts";
import { awaitUnlocked, StackLocked, stackLocked } from "./stackLock.ts";

export interface PulumiRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stack as the engine needs it. */
export interface EngineStack {
  readonly name: string;
  /** The folder of Pulumi.yaml. */
  readonly root: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export interface PulumiRunOptions {
  /** Whether the engine's own output is reported as it comes. @default false */
  readonly shown?: boolean;
}

/** Where a run is reported, and what interrupts it. */
export interface RunSurroundings {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** One stack, seen through the engine. */
export interface Pulumi {
  /** Runs `pulumi <args> --stack <stack> --non-interactive`; the exit code is the caller's to judge. */
  run(args: readonly string[], options?: PulumiRunOptions): Promise<PulumiRun>;
  /**
   * The same, where anything but success is an error that carries the engine's own words. A stack that another run of
   * this machine works on is waited for; the lock of one that was killed is cleared.
   */
  must(args: readonly string[], options?: PulumiRunOptions): Promise<PulumiRun>;
}

/** The engine at work on one stack. */
export function createPulumi(
  engine: Pick<Engine, "command" | "pulumiHome">,
  stack: EngineStack,
  { report, signal }: RunSurroundings,
): Pulumi {
  const env = {
    ...stack.env,
    ...pulumiEnvironment(engine, stack.env),
    // The flag --event-log, through which a run gives its events as data, is hidden without it.
    PULUMI_DEBUG_COMMANDS: "true",
  };
  // Of the provider in the state; an update sets it to the domain of this environment.
  let providersDomain: { readonly domain: string | undefined } | undefined;
  const start = async (args: readonly string[], { shown = false }: PulumiRunOptions = {}) => {
    const result = await runPulumi(engine.command, [...args, "--stack", stack.name, "--non-interactive"], {
      cwd: stack.root,
      env,
      signal,
      report: shown ? report : noReport,
    });
    if (args[0] === "stack" && args[1] === "export" && result.code === 0)
      providersDomain = { domain: providerDomain(result.stdout) };
    return result;
  };
  const run = async (args: readonly string[], options?: PulumiRunOptions) =>
    start(readsBeforeProgram(args) && (await hasMoved()) ? [...args, "--run-program"] : args, options);
  const hasMoved = async () => {
    if (providersDomain === undefined) await start(["stack", "export"]);
    const known = providersDomain?.domain;
    const { AUTH0_DOMAIN: domain } = stack.env;
    return known !== undefined && domain !== undefined && normalDomain(known) !== normalDomain(domain);
  };
  return {
    run,
    must: async (args, options) => {
      for (let attempt = 1; ; attempt += 1) {
        const result = await run(args, options);
        if (result.code === 0) return result;
        const error = pulumiError(args, result);
        if (!(error instanceof StackLocked) || attempt === mostAttempts) throw error;
        await awaitUnlocked(run, error, { signal, report });
      }
    },
  };
}

/**
 * Whether a command takes the provider's settings from the state, unless the program runs first: then it would go to
 * the tenant of the last update, whatever has been corrected since.
 */
function readsBeforeProgram(args: readonly string[]): boolean {
  return args[0] === "refresh" || args[0] === "destroy" || args.includes("--refresh");
}

const providerSchema = z.object({
  deployment: z.object({
    resources: z.array(
      z.object({ type: z.string(), inputs: z.object({ domain: z.string() }).optional().catch(undefined) }),
    ),
  }),
});

/** The domain that the last update left in the provider's settings; undefined where they hold none. */
function providerDomain(exported: string): string | undefined {
  const resources = providerSchema.safeParse(parseJson(exported)).data?.deployment.resources ?? [];
  return resources.find(({ type }) => type === "pulumi:providers:auth0")?.inputs?.domain;
}

/** Locks may change hands; more often than this is somebody else's loop. */
const mostAttempts = 4;

/** What the engine said, as an error; its output masks secrets itself. */
export function pulumiError(args: readonly string[], result: PulumiRun): ToolError {
  const locked = stackLocked(result.stderr);
  if (locked) return locked;
  const limit = planLimitError(`${result.stdout}\n${result.stderr}`);
  if (limit) return limit;
  const unusable = unusableBackend(result.stderr);
  if (unusable) return unusable;
  const said = [result.stderr, result.stdout]
    .flatMap((text) => text.split("\n"))
    .map((line) => line.trimEnd())
    .filter((line) => /error|failed|denied|refused|locked|conflict/i.test(line));
  const detail =
    said.length > 0 ? said.slice(0, 12).join("\n") : result.stderr.trim().split("\n").slice(-12).join("\n");
  const noStack = /no stack named/i.test(result.stderr);
  return new ToolError(
    noStack ? "no_such_stack" : "pulumi_failed",
    `pulumi ${args[0]} ended with exit code ${result.code}.\n${detail}`,
    { exitCode: noStack ? exitCodes.noStack : exitCodes.check },
  );
}

/** What the engine says where it has nowhere to look for state, or cannot decrypt what is there. */
function unusableBackend(said: string): ToolError | undefined {
  if (/PULUMI_ACCESS_TOKEN must be set/.test(said)) {
    return new ToolError("no_state_backend", "No state backend is chosen: where the stack's state is kept.", {
      exitCode: exitCodes.usage,
      hint: "Set PULUMI_BACKEND_URL, for example to file:///srv/pulumi?metadata=skip, or run `npx pulumi login`.",
    });
  }
  if (/incorrect passphrase/.test(said)) {
    return passphraseError("wrong", "The passphrase that is set is not that of the stack.");
  }
  if (/passphrase must be set/.test(said)) {
    return passphraseError(
      "missing",
      "The stack's secrets are encrypted with a passphrase, and none is set.",
    );
  }
  return undefined;
}

const outputsSchema = z.object({
  apis: z.record(z.string(), z.object({ id: z.string(), identifier: z.string() })),
  applications: z.record(z.string(), z.object({ clientId: z.string(), clientSecret: z.string().optional() })),
  issuer: z.string(),
  tokenEndpoint: z.string(),
});

/** The outputs of the program, the application's secrets in clear. */
export type StackOutputs = z.infer<typeof outputsSchema>;

/**
 * Reads a stack's outputs.
 * @throws {ToolError} `no_such_stack` (6), or `no_outputs` (2) where the program has not run yet.
 */
export async function readStackOutputs(pulumi: Pulumi): Promise<StackOutputs> {
  const { stdout } = await pulumi.must(["stack", "output", "--json", "--show-secrets"]);
  return parseStackOutputs(JSON.parse(stdout));
}

/** @throws {ToolError} `no_outputs` (2) */
export function parseStackOutputs(document: unknown): StackOutputs {
  const parsed = outputsSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new ToolError("no_outputs", "The stack has no outputs of this program yet.", {
    exitCode: exitCodes.usage,
    hint: "Run `auth0-m2m bootstrap` or `pulumi up` first.",
  });
}

interface ProcessOptions extends RunSurroundings {
  readonly cwd: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** A program started so makes files for its user alone: the engine's state holds every input, and its own mode is 0644. */
function privately<Child>(start: () => Child): Child {
  const umask = process.umask(0o077);
  try {
    return start();
  } finally {
    process.umask(umask);
  }
}

/** Runs the executable in a process group of its own: a Ctrl-C reaches it once, through us, as its own would. */
export function runPulumi(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<PulumiRun> {
  return new Promise((resolve, reject) => {
    options.signal.throwIfAborted();
    const child = privately(() =>
      spawn(command, args, {
        cwd: options.cwd,
        env: options.env,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      }),
    );
    let stdout = "";
    let stderr = "";
    const show = (message: string) => options.report({ level: "output", code: "engine_output", message });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      show(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      show(text);
    });
    const interrupt = () => child.kill("SIGINT");
    options.signal.addEventListener("abort", interrupt, { once: true });
    // Only a second Ctrl-C ends this process before its child, and then nothing may be left behind.
    const kill = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
    process.once("exit", kill);
    const settle = () => {
      options.signal.removeEventListener("abort", interrupt);
      process.off("exit", kill);
    };
    child.once("error", (error) => {
      settle();
      reject(
        new ToolError("engine_not_started", `The Pulumi engine at ${command} does not start.`, {
          cause: error,
        }),
      );
    });
    child.once("close", (code) => {
      settle();
      if (options.signal.aborted)
        reject(interruption("Interrupted.", { hint: "Run the same command again to continue." }));
      else resolve({ code: code ?? exitCodes.failure, stdout, stderr });
    });
  });
}
