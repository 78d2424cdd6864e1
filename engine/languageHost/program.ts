/** Runs one Pulumi program in a Node of its own and says how it ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { programRunner } from "./stubs.ts";

/** What the engine asks to be run. */
export interface Program {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  /** Address of the engine's resource monitor, `host:port`. */
  readonly monitorAddress: string;
  /** Address of the engine itself, `host:port`, for its log. */
  readonly engineAddress: string;
  /** The folder that holds Pulumi.yaml. */
  readonly rootDirectory: string;
  /** The folder to run in. */
  readonly programDirectory: string;
  /** The file or folder to import, relative to `programDirectory`. */
  readonly entryPoint: string;
  readonly args: readonly string[];
  readonly dryRun: boolean;
  /** How many resource operations may run at once. */
  readonly parallel: number;
  /** False leaves TypeScript to Node itself; true lets the SDK compile it. */
  readonly typescript: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly configSecretKeys: readonly string[];
}

/** `bailed`: it failed, and has already reported why to the user. */
export type Outcome = { kind: "done" } | { kind: "bailed" } | { kind: "failed"; message: string };

export interface Running {
  readonly outcome: Promise<Outcome>;
  /** Asks the program to stop, and kills it when it has not after two seconds. */
  stop(): void;
}

/** The exit code by which @pulumi/pulumi/cmd/run says that it reported its error itself. */
const reportedByProgram = 32;
const patience = 2_000;

/** The arguments for @pulumi/pulumi/cmd/run. Configuration is not among them: argv is there for all to read. */
function programArguments(program: Program): string[] {
  return [
    `--monitor=${program.monitorAddress}`,
    `--engine=${program.engineAddress}`,
    `--organization=${program.organization}`,
    `--project=${program.project}`,
    `--stack=${program.stack}`,
    `--root-directory=${program.rootDirectory}`,
    `--pwd=${program.programDirectory}`,
    `--parallel=${program.parallel}`,
    ...(program.dryRun ? ["--dry-run"] : []),
    program.entryPoint,
    ...program.args,
  ];
}

/** The environment that carries the configuration, secrets included. */
function programEnvironment(program: Program, env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return {
    ...env,
    PULUMI_NODEJS_TYPESCRIPT: String(program.typescript),
    PULUMI_CONFIG: JSON.stringify(program.config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(program.configSecretKeys),
  };
}

/** Starts the program with this process' Node; its output goes where this process' output goes, to the engine. */
export function startProgram(program: Program, env: Readonly<NodeJS.ProcessEnv>): Running {
  const child = spawn(
    process.execPath,
    [programRunner(program.programDirectory), ...programArguments(program)],
    {
      cwd: program.programDirectory,
      env: programEnvironment(program, env),
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  return { outcome: outcomeOf(child), stop: () => stop(child) };
}

function outcomeOf(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      resolve({ kind: "failed", message: `The program could not be started: ${error.message}` });
    });
    child.once("exit", (code, signal) => {
      if (code === 0) resolve({ kind: "done" });
      else if (code === reportedByProgram) resolve({ kind: "bailed" });
      else if (code === null) resolve({ kind: "failed", message: `The program was stopped by ${signal}.` });
      else resolve({ kind: "failed", message: `The program exited with code ${code}.` });
    });
  });
}

function stop(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), patience).unref();
}
