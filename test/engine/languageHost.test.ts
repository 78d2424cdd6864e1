/** The language host beside a built engine: alone over gRPC, and under the real engine. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Engine, ensureEngine } from "../../engine/ensureEngine.ts";
import { hasLanguageHost, installLanguageHost } from "../../engine/installLanguageHost.ts";
import { loadStubs } from "../../engine/languageHost/stubs.ts";
import { pulumiEnvironment } from "../../engine/pulumi.ts";
import { plainEnvironment } from "../helpers/environment.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

const secret = "correct horse battery staple";

let sandbox: Sandbox;
let project: string;
beforeAll(() => {
  sandbox = createSandbox();
  project = path.join(sandbox.folder, "my project");
  mkdirSync(path.join(project, "infra"), { recursive: true });
  symlinkSync(path.resolve("node_modules"), path.join(project, "node_modules"));
  writeFileSync(
    path.join(project, "package.json"),
    JSON.stringify({ type: "module", dependencies: { "@pulumi/pulumi": "*" } }),
  );
});
afterAll(() => sandbox.remove());

describe("started by its script, as the engine starts it", () => {
  let root: string;
  let host: ChildProcess;
  let address: string;

  beforeAll(async () => {
    root = path.join(sandbox.folder, "versions");
    await installLanguageHost(root);
    // No Node on PATH: the script must find the project's.
    const env = { PATH: "/nowhere" };
    host = spawn(path.join(root, "bin", "pulumi-language-nodejs"), ["-v=9", "127.0.0.1:1"], {
      cwd: project,
      env,
    });
    host.stderr?.pipe(process.stderr);
    const [port] = await once(host);
    address = `127.0.0.1:${port}`;
  });
  afterAll(() => host.kill("SIGKILL"));

  async function once(child: ChildProcess): Promise<string[]> {
    if (child.stdout === null) throw new Error("stdout is not piped");
    for await (const line of createInterface({ input: child.stdout })) return [line];
    throw new Error("the host ended without a port");
  }

  interface Reply {
    toObject(): object;
  }

  /** Calls a method by name, with a request that `fill` completes. */
  async function call(method: string, request: object): Promise<object> {
    const { grpc, service } = loadStubs(project);
    const Client = grpc.makeGenericClientConstructor(service, "LanguageRuntime");
    const client = new Client(address, grpc.credentials.createInsecure());
    try {
      const invoke = client[method];
      if (invoke === undefined) throw new Error(`no method ${method}`);
      const reply = await promisify<object, Reply>(invoke.bind(client))(request);
      return reply.toObject();
    } finally {
      client.close();
    }
  }

  test("it says the SDK's version, asks for no plugins, and lists the program's packages", async () => {
    const { messages, version } = loadStubs(project);
    const require = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
    const { Empty } = require("google-protobuf/google/protobuf/empty_pb.js");
    expect(await call("getPluginInfo", new Empty())).toEqual({ version });
    expect(await call("getRequiredPackages", new messages.GetRequiredPackagesRequest())).toEqual({
      packagesList: [],
      specsList: [],
    });
    const info = new messages.ProgramInfo().setProgramDirectory(path.join(project, "infra"));
    expect(
      await call("getProgramDependencies", new messages.GetProgramDependenciesRequest().setInfo(info)),
    ).toEqual({ dependenciesList: [{ name: "@pulumi/pulumi", version }] });
    expect(await call("about", new messages.AboutRequest())).toMatchObject({
      version: expect.stringMatching(/^v\d+/),
    });
  });

  test("what it does not do is UNIMPLEMENTED, which the engine understands", async () => {
    const { messages, grpc } = loadStubs(project);
    await expect(call("pack", new messages.PackRequest())).rejects.toMatchObject({
      code: grpc.status.UNIMPLEMENTED,
    });
  });

  test("it ends when the engine's end of stdin closes", async () => {
    const ended = new Promise((resolve) => host.once("exit", resolve));
    host.stdin?.end();
    expect(await ended).toBe(0);
  });

  test("a folder without @pulumi/pulumi is one clear line", async () => {
    const script = path.join(root, "bin", "pulumi-language-nodejs");
    const failure = await promisify(execFile)(script, ["127.0.0.1:1"], {
      cwd: root,
      env: { PATH: path.dirname(process.execPath) },
    }).catch((error) => error);
    expect(failure.stderr).toBe(
      `No @pulumi/pulumi is installed for ${root}. Run \`npm ci\` there (or \`npm install @pulumi/pulumi\`).\n`,
    );
    expect(failure.code).toBe(1);
  });

  test("a copy of an older checkout's host is known to be old, another host is left alone", async () => {
    expect(hasLanguageHost(root)).toBe(true);
    const old = path.join(sandbox.folder, "old");
    cpSync(root, old, { recursive: true });
    const script = path.join(old, "bin", "pulumi-language-nodejs");
    writeFileSync(script, sandbox.read(script).replace(/language-host-\w+/, "language-host-0123"));
    expect(hasLanguageHost(old)).toBe(false);
    writeFileSync(script, "#!/bin/sh\nofficial\n");
    expect(hasLanguageHost(old)).toBe(true);
  });
});

describe("under the real engine", () => {
  let engine: Engine;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    engine = await ensureEngine({ env: plainEnvironment(), signal: new AbortController().signal });
    mkdirSync(path.join(sandbox.folder, "state"));
    env = {
      HOME: process.env.HOME,
      ...pulumiEnvironment(engine, plainEnvironment()),
      PULUMI_BACKEND_URL: `file://${encodeURI(path.join(sandbox.folder, "state"))}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
    };
    writeFileSync(
      path.join(project, "Pulumi.yaml"),
      "name: sample\nmain: infra/\nruntime: { name: nodejs, options: { typescript: false } }\n",
    );
    await pulumi("stack", "init", "dev");
    await pulumi("config", "set", "plain", "hello");
    await pulumi("config", "set", "--secret", "token", secret);
  });

  function write(program: string): void {
    const head =
      'import * as pulumi from "@pulumi/pulumi";\nconst config: pulumi.Config = new pulumi.Config();\n';
    writeFileSync(path.join(project, "infra", "index.ts"), head + program);
  }

  /** Runs the engine and returns all that it says, however it ends. */
  async function pulumi(...args: string[]): Promise<{ code: number; output: string }> {
    const all = [...args, "--non-interactive", "--color=never"];
    const { code, stdout, stderr } = await promisify(execFile)(engine.command, all, {
      cwd: project,
      env,
    }).catch((error) => error);
    return { code: code ?? 0, output: stdout + stderr };
  }

  test("a TypeScript program sees its configuration, and no secret on its command line", async () => {
    write(`console.log("argv", JSON.stringify([process.execArgv, process.argv]));
import { readFileSync } from "node:fs";
if (process.platform === "linux") console.log("cmdline", readFileSync("/proc/self/cmdline", "utf8").replaceAll("\\0", " "));
export const plain = config.require("plain");
export const length = config.requireSecret("token").apply((token) => token.length);
`);
    const { code, output } = await pulumi("preview", "--show-secrets");
    expect(output).toMatch(/plain *: "hello"/);
    expect(output).toMatch(new RegExp(`length *: ${secret.length}`));
    expect(output).toMatch(/argv \[/);
    expect(output).not.toContain(secret);
    expect(output).not.toMatch(/warning/i);
    expect(code).toBe(0);
  });

  test("an error that the SDK reported is not followed by one from the host", async () => {
    write('throw new pulumi.RunError("infra/access.yaml: the model is empty");\n');
    const { code, output } = await pulumi("preview");
    expect(code).not.toBe(0);
    expect(output).toContain("infra/access.yaml: the model is empty");
    expect(output).not.toMatch(/exited with code|unhandled exception/);
  });

  test("a program that exits by itself is a failure that names the exit code", async () => {
    write("process.exit(3);\n");
    const { code, output } = await pulumi("preview");
    expect(code).not.toBe(0);
    expect(output).toContain("The program exited with code 3.");
  });

  test("the program does not outlive an engine that is killed outright", async () => {
    const note = path.join(sandbox.folder, "program.pid");
    write(`import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(note)}, String(process.pid));
await new Promise((resolve) => setTimeout(resolve, 60_000, config));
`);
    const child = spawn(engine.command, ["preview", "--non-interactive"], {
      cwd: project,
      env,
      stdio: "ignore",
    });
    await vi.waitFor(() => expect(sandbox.read(note)).toMatch(/^\d+$/), { timeout: 20_000 });
    child.kill("SIGKILL");
    const pid = Number(sandbox.read(note));
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), { timeout: 10_000 });
  });
});
