/** A flat Pulumi project of one test, whose program declares the resources that a table lists. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureEngine } from "../../../engine/ensureEngine.ts";
import { plainEnvironment } from "../../helpers/environment.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** A resource of `@pulumi/auth0`; `{ ref: "api.identifier" }` in its arguments stands for another one's output. */
export interface Declared {
  readonly type: "ResourceServer" | "ResourceServerScopes" | "Client" | "ClientCredentials" | "ClientGrant";
  readonly args: Readonly<Record<string, unknown>>;
}

/** Resources by their name, in the order in which they are made. */
export type Program = Readonly<Record<string, Declared>>;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StoredResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

export interface Project {
  /** Runs `pulumi` on the stack `local`; a program, where given, becomes the project's first. */
  pulumi(args: readonly string[], program?: Program): Promise<Finished>;
  /** What was done to each resource that was changed, by name: the last of `create`, `update`, `delete` and the like. */
  operations(finished: Finished): Record<string, string>;
  /** The resources in state, as they are stored: secrets encrypted. */
  stored(): Promise<{ text: string; resources: StoredResource[] }>;
  /** All that the backend keeps: the state, its history, its backups. */
  everything(): Promise<string>;
  write(file: string, content: unknown): Promise<string>;
}

const source = `
import { readFileSync } from "node:fs";
import * as auth0 from "@pulumi/auth0";
const made = {};
const resolve = (value) => {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.ref === "string") {
    const [name, property] = value.ref.split(".");
    return made[name][property];
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
};
for (const [name, { type, args }] of Object.entries(JSON.parse(readFileSync("program.json", "utf8")))) {
  const options = type === "ResourceServer" ? { additionalSecretOutputs: ["signingSecret"] } : {};
  made[name] = new auth0[type](name, resolve(args), options);
}
`;

/** Makes a project with an empty state in `folder`; `env` says which tenant and which provider. */
export async function createProject(
  folder: string,
  env: Readonly<Record<string, string>>,
  stack = "local",
): Promise<Project> {
  const state = path.join(folder, "state");
  await mkdir(state, { recursive: true });
  await symlink(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module", main: "index.js" }));
  await writeFile(path.join(folder, "index.js"), source);
  await writeFile(
    path.join(folder, "Pulumi.yaml"),
    "name: parity\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  const engine = await ensureEngine({ env: plainEnvironment(), signal: new AbortController().signal });
  const complete = {
    ...plainEnvironment(),
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_CONFIG_PASSPHRASE: "parity",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    NO_COLOR: "1",
    ...env,
  };
  const pulumi: Project["pulumi"] = async (args, program) => {
    if (program) await writeFile(path.join(folder, "program.json"), JSON.stringify(program));
    return finish(
      spawn(engine.command, [...args, "--non-interactive", "--stack", stack], { cwd: folder, env: complete }),
    );
  };
  await finish(
    spawn(engine.command, ["stack", "init", stack, "--non-interactive"], { cwd: folder, env: complete }),
  );
  return {
    pulumi,
    operations({ stdout }) {
      const operations: Record<string, string> = {};
      for (const line of stdout.split("\n")) {
        if (!line.startsWith("{")) continue;
        const event = JSON.parse(line) as { resourcePreEvent?: { metadata: { op: string; urn: string } } };
        const { op, urn } = event.resourcePreEvent?.metadata ?? { op: "same", urn: "" };
        if (urn.includes("::auth0:index/") && !["same", "refresh"].includes(op)) {
          operations[urn.split("::").at(-1) ?? ""] = op;
        }
      }
      return operations;
    },
    async stored() {
      const text = await readFile(path.join(state, ".pulumi", "stacks", "parity", `${stack}.json`), "utf8");
      const { checkpoint } = JSON.parse(text) as { checkpoint: { latest: { resources?: StoredResource[] } } };
      const resources = (checkpoint.latest.resources ?? []).filter(({ type }) =>
        type.startsWith("auth0:index/"),
      );
      return { text, resources };
    },
    async everything() {
      const files = (await readdir(state, { recursive: true, withFileTypes: true })).filter((file) =>
        file.isFile(),
      );
      const texts = await Promise.all(
        files.map((file) => readFile(path.join(file.parentPath, file.name), "utf8")),
      );
      return texts.join("\n");
    },
    async write(file, content) {
      const target = path.join(folder, file);
      await writeFile(target, JSON.stringify(content));
      return target;
    },
  };
}

async function finish(child: ChildProcess): Promise<Finished> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin?.end();
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, stdout, stderr };
}
