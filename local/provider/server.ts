/**
 * Pulumi's provider protocol over gRPC, translated to and from plain objects.
 *
 * It uses the protocol's stubs and not `@pulumi/pulumi/provider/server`: that server discards the stack's
 * configuration, the old inputs of a diff, whether a call is only a preview, and detailed differences, and it prints
 * stack traces; a stand-in for the official plugin needs all four, and one clear line for an error.
 */
import { once } from "node:events";
import { createServer, type Server as NetServer } from "node:net";
import type * as grpc from "@grpc/grpc-js";
import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import anyMessages from "google-protobuf/google/protobuf/any_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";
import structMessages from "google-protobuf/google/protobuf/struct_pb.js";
import { pluginVersion } from "../../engine/version.ts";
import { type Difference, topLevel } from "./diff.ts";
import { ProviderError } from "./errors.ts";
import { parseUrn, requireLocalStack } from "./guard.ts";
import { isOwnPeer } from "./peer.ts";
import { createProvider, IncompleteError, type Provider } from "./provider.ts";
import { type Access, accessFrom } from "./tenant.ts";
import type { Properties } from "./values.ts";

const messageLimit = 400 * 1024 * 1024;

export interface RunningServer {
  readonly port: number;
  close(): void;
}

/**
 * Serves the provider on a free port of the loopback interface, to this user's own processes: the engine attaches
 * without credentials, and the provider answers with secrets.
 */
export async function serve(env: Readonly<NodeJS.ProcessEnv>): Promise<RunningServer> {
  const server = new Server({
    "grpc.max_receive_message_length": messageLimit,
    "grpc.max_send_message_length": messageLimit,
  });
  server.addService(services.ResourceProviderService, implementation(env));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((socket) => {
    if (isOwnPeer(socket)) injector.injectConnection(socket);
    else socket.destroy();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const close = () => {
    listener.close();
    injector.destroy();
    server.forceShutdown();
  };
  return { port: portOf(listener), close };
}

function portOf(listener: NetServer): number {
  const address = listener.address();
  if (typeof address !== "object" || address === null) throw new Error("The provider has no port.");
  return address.port;
}

interface Session {
  readonly access: Access;
  readonly provider: Provider;
  readonly controller: AbortController;
}

function implementation(env: Readonly<NodeJS.ProcessEnv>): grpc.UntypedServiceImplementation {
  let session: Session | undefined;

  const configure = (configuration: Record<string, string>): Session => {
    const access = accessFrom(configuration, env);
    if (session && JSON.stringify(session.access) !== JSON.stringify(access)) {
      throw new ProviderError(
        `the bundled provider serves one tenant at a time (${session.access.domain}, not ${access.domain}); start another one for the other`,
      );
    }
    if (session) return session;
    const controller = new AbortController();
    session = { access, controller, provider: createProvider(access, controller.signal) };
    return session;
  };

  const provider = (): Provider => (session ?? configure({})).provider;

  return {
    attach: unary(() => new emptyMessages.Empty()),
    getPluginInfo: unary(() => new pluginMessages.PluginInfo().setVersion(pluginVersion)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema("{}")),
    getMapping: unary(() => new messages.GetMappingResponse()),
    getMappings: unary(() => new messages.GetMappingsResponse()),

    checkConfig: unary((request: messages.CheckRequest) => {
      requireLocalStack(parseUrn(request.getUrn()));
      return new messages.CheckResponse().setInputs(request.getNews() ?? new structMessages.Struct());
    }),
    diffConfig: unary(() =>
      new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE),
    ),
    configure: unary((request: messages.ConfigureRequest) => {
      configure(configurationOf(request));
      return new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setAcceptresources(false)
        .setAcceptoutputs(false);
    }),
    cancel: unary(() => {
      session?.controller.abort(new ProviderError("the operation was cancelled"));
      session = undefined;
      return new emptyMessages.Empty();
    }),

    check: unary((request: messages.CheckRequest) => {
      const { inputs, failures } = provider().check(request.getUrn(), {
        olds: fromStruct(request.getOlds()),
        news: fromStruct(request.getNews()),
        randomSeed: request.getRandomseed_asU8(),
      });
      return new messages.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(
        // Given a property, the engine prints its value as well, secret or not.
        failures.map(({ property, reason }) =>
          new messages.CheckFailure().setReason(`${property}: ${reason}`),
        ),
      );
    }),

    diff: unary((request: messages.DiffRequest) => {
      const result = provider().diff(request.getUrn(), {
        state: fromStruct(request.getOlds()),
        inputs: fromStruct(request.getNews()),
        ignoreChanges: request.getIgnorechangesList(),
      });
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      const response = new messages.DiffResponse()
        .setChanges(result.found.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setReplacesList([...result.replaces])
        .setStablesList([...result.stables])
        .setDeletebeforereplace(result.deleteBeforeReplace)
        .setDiffsList([...new Set(result.found.map(({ path }) => topLevel(path)))].sort())
        .setHasdetaileddiff(true);
      for (const difference of result.found) {
        response
          .getDetaileddiffMap()
          .set(difference.path, new messages.PropertyDiff().setKind(kindOf(difference)));
      }
      return response;
    }),

    create: unary(async (request: messages.CreateRequest) => {
      const inputs = fromStruct(request.getProperties());
      if (request.getPreview()) {
        const outputs = provider().previewCreate(request.getUrn(), inputs);
        return new messages.CreateResponse().setProperties(toStruct(outputs));
      }
      const { id, outputs } = await provider().create(request.getUrn(), inputs);
      return new messages.CreateResponse().setId(id).setProperties(toStruct(outputs));
    }),

    read: unary(async (request: messages.ReadRequest) => {
      const result = await provider().read(request.getUrn(), {
        id: request.getId(),
        state: fromStruct(request.getProperties()),
        inputs: fromStruct(request.getInputs()),
      });
      // An empty id makes the engine drop the resource from state.
      if (!result) return new messages.ReadResponse();
      return new messages.ReadResponse()
        .setId(result.id)
        .setProperties(toStruct(result.outputs))
        .setInputs(toStruct(result.inputs));
    }),

    update: unary(async (request: messages.UpdateRequest) => {
      const [state, inputs] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      const outputs = request.getPreview()
        ? provider().previewUpdate(request.getUrn(), state, inputs)
        : await provider().update(request.getUrn(), {
            id: request.getId(),
            state,
            inputs,
            ignoreChanges: request.getIgnorechangesList(),
          });
      return new messages.UpdateResponse().setProperties(toStruct(outputs));
    }),

    delete: unary(async (request: messages.DeleteRequest) => {
      const state = fromStruct(request.getProperties());
      await provider().delete(request.getUrn(), { id: request.getId(), state });
      return new emptyMessages.Empty();
    }),

    invoke: unary((request: messages.InvokeRequest) => {
      throw new ProviderError(
        `the function ${request.getTok()} is not supported by the bundled provider; the official auth0 plugin has it`,
      );
    }),
  };
}

/** The stack's own settings, `auth0:domain` and the like, by their short name. */
function configurationOf(request: messages.ConfigureRequest): Record<string, string> {
  const configuration: Record<string, string> = {};
  for (const [key, value] of request.getVariablesMap().getEntryList()) {
    configuration[key.split(":").at(-1) ?? key] = value;
  }
  return configuration;
}

function kindOf({ kind, replace }: Difference): messages.PropertyDiff.Kind {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
  switch (kind) {
    case "add":
      return replace ? ADD_REPLACE : ADD;
    case "delete":
      return replace ? DELETE_REPLACE : DELETE;
    case "update":
      return replace ? UPDATE_REPLACE : UPDATE;
  }
}

function unary<Request>(handle: (request: Request) => unknown): grpc.handleUnaryCall<Request, unknown> {
  return async (call, callback) => {
    try {
      callback(null, await handle(call.request));
    } catch (error) {
      callback(failure(error));
    }
  };
}

function failure(error: unknown): Partial<grpc.StatusObject> {
  const details = error instanceof Error ? error.message : String(error);
  if (!(error instanceof IncompleteError)) return { code: status.UNKNOWN, details };
  const incomplete = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(toStruct(error.outputs))
    .setReasonsList([details]);
  const packed = new anyMessages.Any();
  packed.pack(incomplete.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const message = new statusMessages.Status().setCode(status.UNKNOWN).setMessage(details);
  message.addDetails(packed);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(message.serializeBinary()));
  return { code: status.UNKNOWN, details, metadata };
}

function fromStruct(struct: structMessages.Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

function toStruct(properties: Properties): structMessages.Struct {
  return structMessages.Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}
