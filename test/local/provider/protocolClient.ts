/** Calls a provider as the engine would, without an engine. */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import structMessages, { type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../../../local/provider/values.ts";

const struct = (properties: Properties) =>
  structMessages.Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
const plain = (value: structMessages.Struct | undefined) => (value?.toJavaScript() ?? {}) as Properties;

export function urnOf(type: string, stack = "local"): string {
  return `urn:pulumi:${stack}::timesheets::${type}::tested`;
}

export type ProtocolClient = ReturnType<typeof connectTo>;

export function connectTo(port: number) {
  const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const call = <Response>(
    start: (done: (error: ServiceError | null, response: Response) => void) => unknown,
  ) =>
    new Promise<Response>((resolve, reject) =>
      start((error, response) => (error ? reject(error) : resolve(response))),
    );
  return {
    close: () => client.close(),
    async configure(configuration: Record<string, string> = {}) {
      const request = new messages.ConfigureRequest();
      for (const [key, value] of Object.entries(configuration)) {
        request.getVariablesMap().set(`auth0:config:${key}`, value);
      }
      await call<messages.ConfigureResponse>((done) => client.configure(request, done));
    },
    async check(urn: string, news: Properties) {
      const request = new messages.CheckRequest().setUrn(urn).setNews(struct(news));
      const response = await call<messages.CheckResponse>((done) => client.check(request, done));
      return response.getFailuresList().map((failure) => failure.toObject());
    },
    async diff(urn: string, state: Properties, inputs: Properties) {
      const request = new messages.DiffRequest().setId("an-id").setUrn(urn);
      request.setOlds(struct(state)).setNews(struct(inputs)).setOldInputs(struct(inputs));
      const response = await call<messages.DiffResponse>((done) => client.diff(request, done));
      return {
        changes: response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
        differing: response.getDiffsList(),
        replaces: response.getReplacesList(),
        deleteBeforeReplace: response.getDeletebeforereplace(),
      };
    },
    async create(urn: string, inputs: Properties) {
      const request = new messages.CreateRequest().setUrn(urn).setProperties(struct(inputs));
      const response = await call<messages.CreateResponse>((done) => client.create(request, done));
      return { id: response.getId(), outputs: plain(response.getProperties()) };
    },
    async read(urn: string, id: string) {
      const request = new messages.ReadRequest().setUrn(urn).setId(id);
      const response = await call<messages.ReadResponse>((done) => client.read(request, done));
      return {
        id: response.getId(),
        outputs: plain(response.getProperties()),
        inputs: plain(response.getInputs()),
      };
    },
    async delete(urn: string, id: string, state: Properties) {
      const request = new messages.DeleteRequest().setUrn(urn).setId(id).setProperties(struct(state));
      await call((done) => client.delete(request, done));
    },
    async cancel() {
      const { default: empty } = await import("google-protobuf/google/protobuf/empty_pb.js");
      await call((done) => client.cancel(new empty.Empty(), done));
    },
  };
}
