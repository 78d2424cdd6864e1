/** The methods of `pulumirpc.LanguageRuntime` that up, preview, refresh, import, destroy and about call. */
import type { ServerUnaryCall, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import type {
  AboutRequest,
  GetProgramDependenciesRequest,
  ProgramInfo,
  RunRequest,
  RunResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import { programDependencies } from "./dependencies.ts";
import { type Program, type Running, startProgram } from "./program.ts";
import type { Stubs } from "./stubs.ts";

export interface ServiceOptions {
  readonly stubs: Stubs;
  /** Address of the engine, `host:port`. */
  readonly engineAddress: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export interface Service {
  readonly implementation: UntypedServiceImplementation;
  /** Stops every program that runs; resolves when all have ended. */
  stop(): Promise<void>;
}

/**
 * Makes the service. Methods left out (code generation, packing, running plugins) answer UNIMPLEMENTED.
 *
 * No packages are reported as required: the engine learns a plugin's version from the resources themselves, and so
 * does not fetch a plugin that something else on the machine provides.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto
 */
export function createService({ stubs, engineAddress, env }: ServiceOptions): Service {
  const { messages, plugin } = stubs;
  const running = new Set<Running>();

  const run = async (call: ServerUnaryCall<RunRequest, RunResponse>, reply: sendUnaryData<RunResponse>) => {
    const response = new messages.RunResponse();
    try {
      const program = startProgram(toProgram(call.request, engineAddress), env);
      running.add(program);
      call.once("cancelled", program.stop);
      const outcome = await program.outcome;
      running.delete(program);
      if (outcome.kind === "bailed") response.setBail(true);
      if (outcome.kind === "failed") response.setError(outcome.message);
    } catch (error) {
      response.setError(error instanceof Error ? error.message : String(error));
    }
    reply(null, response);
  };

  return {
    implementation: {
      handshake: answer(() => new messages.LanguageHandshakeResponse()),
      getPluginInfo: answer(() => new plugin.PluginInfo().setVersion(stubs.version)),
      getRequiredPackages: answer(() => new messages.GetRequiredPackagesResponse()),
      getRequiredPlugins: answer(() => new messages.GetRequiredPluginsResponse()),
      runtimeOptionsPrompts: answer(() => new messages.RuntimeOptionsResponse()),
      getProgramDependencies: answer((request: GetProgramDependenciesRequest) => {
        const found = programDependencies(request.getInfo()?.getProgramDirectory() ?? request.getPwd());
        return new messages.GetProgramDependenciesResponse().setDependenciesList(
          found.map(({ name, version }) => new messages.DependencyInfo().setName(name).setVersion(version)),
        );
      }),
      about: answer((_request: AboutRequest) =>
        new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
      ),
      run,
    },
    stop: async () => {
      const ends = [...running].map((program) => program.outcome);
      for (const program of running) program.stop();
      await Promise.all(ends);
    },
  };
}

/** A unary method that computes its answer at once. */
function answer<Request, Response>(
  compute: (request: Request) => Response,
): (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>) => void {
  return (call, reply) => {
    let response: Response;
    try {
      response = compute(call.request);
    } catch (error) {
      reply(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    reply(null, response);
  };
}

function toProgram(request: RunRequest, engineAddress: string): Program {
  const info = request.getInfo();
  return {
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    monitorAddress: request.getMonitorAddress(),
    engineAddress,
    rootDirectory: info?.getRootDirectory() || request.getPwd(),
    programDirectory: info?.getProgramDirectory() || request.getPwd(),
    entryPoint: info?.getEntryPoint() || request.getProgram() || ".",
    args: request.getArgsList(),
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
    typescript: typescriptOption(info),
    config: Object.fromEntries(request.getConfigMap().toArray()),
    configSecretKeys: request.getConfigsecretkeysList(),
  };
}

/** `runtime.options.typescript` of Pulumi.yaml. @default true */
function typescriptOption(info: ProgramInfo | undefined): boolean {
  return info?.getOptions()?.getFieldsMap().get("typescript")?.getBoolValue() ?? true;
}
