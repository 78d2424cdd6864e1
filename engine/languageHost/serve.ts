/** The process the engine starts as `pulumi-language-nodejs`: serves the language host until the engine is gone. */
import process from "node:process";
import { createService } from "./service.ts";
import { loadStubs, type Stubs } from "./stubs.ts";

/** Configuration and plans are sent as one message; the same bound as the engine's own. */
const messageLimit = 400 * 1024 * 1024;

function serve(stubs: Stubs): void {
  const { grpc } = stubs;
  // The engine puts its address last, after flags about tracing and logging.
  const service = createService({ stubs, engineAddress: process.argv.at(-1) ?? "", env: process.env });
  const server = new grpc.Server({
    "grpc.max_receive_message_length": messageLimit,
    "grpc.max_send_message_length": messageLimit,
  });
  server.addService(stubs.service, service.implementation);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) fail(error);
    // The engine reads the port from the first line; whatever follows it shows to the user.
    else process.stdout.write(`${port}\n`);
  });

  const stop = () => {
    void service.stop().then(() => process.exit(0));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  // The engine holds the other end of stdin, so its end is the engine's end, even one by SIGKILL.
  process.stdin.once("end", stop).once("error", stop).resume();
}

function fail(error: Error): void {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

try {
  serve(loadStubs(process.cwd()));
} catch (error) {
  fail(error instanceof Error ? error : new Error(String(error)));
}
