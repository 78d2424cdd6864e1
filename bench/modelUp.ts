/**
 * Measures the program beside a flat, hand-written one with the same resources, and how its time grows with the model.
 * All against local tenants of this run's own, with the engine from the cache (`auth0-m2m engine` gets it).
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { median, rounded } from "./figures.ts";
import { modelOf } from "./modelFiles.ts";
import { repository, serveLocal, stop } from "./processes.ts";

const rounds = Number(process.env.ROUNDS ?? 5);
const sizes = (process.env.SIZES ?? "10,100,700").split(",").map(Number);
const folder = mkdtempSync(path.join(tmpdir(), "bench-model-up-"));
const data = path.join(folder, "data");

const flatProgram = `
import * as auth0 from "@pulumi/auth0";
const api = new auth0.ResourceServer("timesheets", {
  name: "Timesheets API", identifier: "https://api.exampleco.com/timesheets", signingAlg: "RS256",
  tokenDialect: "access_token", enforcePolicies: false, tokenLifetime: 86400,
});
const scopes = new auth0.ResourceServerScopes("scopes", {
  resourceServerIdentifier: api.identifier,
  scopes: ["approve", "create", "delete", "read"].map((verb) => ({ name: verb + ":timesheets", description: verb }))
    .concat({ name: "batch:upload", description: "Upload timesheets in batches" }),
});
const job = new auth0.Client("job", {
  name: "Timesheets Import Job", description: "Import", appType: "non_interactive", grantTypes: ["client_credentials"],
});
const credentials = new auth0.ClientCredentials("credentials", {
  clientId: job.clientId, authenticationMethod: "client_secret_post",
});
new auth0.ClientGrant("grant", {
  clientId: job.clientId, audience: scopes.resourceServerIdentifier, scopes: ["batch:upload"],
});
export const clientSecret = credentials.clientSecret;
`;

// Stopping the measurement stops the tenant too, once the engine's current command is through.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const { process: tenant, variables } = await serveLocal({ ...process.env, M2M_LOCAL_DATA: data });

try {
  const env = { ...process.env, ...variables };
  const ours = program("ours", repository, env);
  const flat = program("flat", writeFlat(), env);
  process.stdout.write(
    `${JSON.stringify({ sideBySide: compare(ours, flat), growth: grow(env) }, null, 2)}\n`,
  );
} finally {
  await stop(tenant);
  rmSync(folder, { recursive: true });
}

/** Alternates, so that whatever else the machine does falls on both. */
function compare(ours: Program, flat: Program): object {
  const times = { ours: runs(), flat: runs() };
  for (let round = 0; round < rounds; round++) {
    for (const [name, { pulumi }] of [
      ["ours", ours],
      ["flat", flat],
    ] as const) {
      times[name].up.push(seconds(() => pulumi("up", "--yes", "--skip-preview")));
      times[name].preview.push(seconds(() => pulumi("preview", "--expect-no-changes")));
      pulumi("destroy", "--yes", "--skip-preview");
    }
  }
  const figures = (of: "up" | "preview") => {
    const [ourTime, flatTime] = [median(times.ours[of]), median(times.flat[of])];
    return {
      oursSeconds: rounded(ourTime, 2),
      flatSeconds: rounded(flatTime, 2),
      ratio: rounded(ourTime / flatTime, 2),
    };
  };
  return { rounds, up: figures("up"), preview: figures("preview") };
}

/** `up` and `preview` for models of n APIs and applications together, two in seven of them APIs. */
function grow(env: NodeJS.ProcessEnv): object[] {
  return sizes.map((size) => {
    const apis = Math.max(1, Math.round((size * 2) / 7));
    const file = path.join(folder, `access-${size}.yaml`);
    writeFileSync(file, modelOf({ apis, applications: size - apis }));
    const { pulumi } = program(`size-${size}`, repository, { ...env, M2M_ACCESS_MODEL: file });
    const up = seconds(() => pulumi("up", "--yes", "--skip-preview"));
    const preview = seconds(() => pulumi("preview", "--expect-no-changes"));
    const { deployment } = JSON.parse(pulumi("stack", "export")) as {
      deployment: { resources: { custom: boolean }[] };
    };
    const resources = deployment.resources.filter(({ custom }) => custom).length - 1;
    pulumi("destroy", "--yes", "--skip-preview");
    return {
      apisAndApplications: size,
      resources,
      upSeconds: rounded(up, 2),
      previewSeconds: rounded(preview, 2),
      upMsPerResource: rounded((up / resources) * 1000, 2),
      previewMsPerResource: rounded((preview / resources) * 1000, 2),
    };
  });
}

interface Program {
  pulumi(...args: string[]): string;
}

/** A program with a state of its own, on the stack `local`. */
function program(name: string, directory: string, env: NodeJS.ProcessEnv): Program {
  const state = path.join(folder, `state-${name}`);
  mkdirSync(state);
  const pulumi = (...args: string[]) =>
    execFileSync("pulumi", ["-C", directory, "--non-interactive", ...args, "--stack", "local"], {
      env: {
        ...env,
        PULUMI_BACKEND_URL: `file://${state}`,
        PATH: `${path.join(repository, "node_modules", ".bin")}:${process.env.PATH}`,
      },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 1 << 28,
    });
  pulumi("stack", "init");
  return { pulumi };
}

function writeFlat(): string {
  const directory = path.join(folder, "flat");
  mkdirSync(directory);
  writeFileSync(path.join(directory, "index.ts"), flatProgram);
  writeFileSync(path.join(directory, "package.json"), '{ "type": "module" }\n');
  writeFileSync(
    path.join(directory, "Pulumi.yaml"),
    "name: timesheets\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.ts\n",
  );
  copyFileSync(path.join(repository, "Pulumi.local.yaml"), path.join(directory, "Pulumi.local.yaml"));
  symlinkSync(path.join(repository, "node_modules"), path.join(directory, "node_modules"));
  return directory;
}

function runs(): { up: number[]; preview: number[] } {
  return { up: [], preview: [] };
}

function seconds(work: () => unknown): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}
