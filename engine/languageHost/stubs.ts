/** Loads Pulumi's gRPC stubs from the program's own @pulumi/pulumi, and nothing else of that package. */
import { createRequire } from "node:module";
import path from "node:path";

export type Grpc = typeof import("@grpc/grpc-js");
export type Messages = typeof import("@pulumi/pulumi/proto/language_pb.js");

export interface Stubs {
  readonly grpc: Grpc;
  /** The service definition of `pulumirpc.LanguageRuntime`. */
  readonly service: import("@grpc/grpc-js").ServiceDefinition;
  readonly messages: Messages;
  readonly plugin: typeof import("@pulumi/pulumi/proto/plugin_pb.js");
  /** The version of the @pulumi/pulumi that the stubs came from. */
  readonly version: string;
}

/**
 * Resolves the stubs as the program in `folder` would.
 *
 * Loading them takes a fraction of what `import "@pulumi/pulumi"` takes, and every preview pays for it.
 *
 * @throws Error with a plain sentence when no @pulumi/pulumi is installed for that folder.
 */
export function loadStubs(folder: string): Stubs {
  let manifest: string;
  try {
    manifest = createRequire(path.join(folder, "package.json")).resolve("@pulumi/pulumi/package.json");
  } catch {
    throw new Error(
      `No @pulumi/pulumi is installed for ${folder}. Run \`npm ci\` there (or \`npm install @pulumi/pulumi\`).`,
    );
  }
  const require = createRequire(manifest);
  return {
    grpc: require("@grpc/grpc-js") as Grpc,
    service: require("./proto/language_grpc_pb.js").LanguageRuntimeService,
    messages: require("./proto/language_pb.js"),
    plugin: require("./proto/plugin_pb.js"),
    version: require(manifest).version,
  };
}

/** Where the program's @pulumi/pulumi keeps the script that runs a program. */
export function programRunner(folder: string): string {
  return createRequire(path.join(folder, "package.json")).resolve("@pulumi/pulumi/cmd/run/index.js");
}
