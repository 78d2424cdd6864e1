/** Measures the local tenant beside something else in the same run: start, tokens, ten thousand applications. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import { median, rounded } from "./figures.ts";
import { fillStore } from "./otherApplications.ts";
import { stop } from "./processes.ts";

const here = import.meta.dirname;
const rounds = Number(process.env.ROUNDS ?? 20);
const seconds = Number(process.env.SECONDS ?? 4);

interface Started {
  process: ChildProcess;
  url: string;
  caFile: string;
  clientId: string;
  clientSecret: string;
}

async function startTenant(dataDir: string, prefix: readonly string[] = []): Promise<Started> {
  const [command = process.execPath, ...args] = [
    ...prefix,
    process.execPath,
    join(here, "tenantProcess.ts"),
    dataDir,
  ];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const [line] = await once(child.stdout ?? child, "data");
  return { process: child, ...JSON.parse(String(line)) };
}

/** From spawning to the first 200, milliseconds. */
async function timeTenant(dataDir: string): Promise<number> {
  const began = performance.now();
  const { process: child, url, caFile } = await startTenant(dataDir);
  const agent = new Agent({ ca: readFileSync(caFile) });
  await send(agent, { url: `${url}/.well-known/openid-configuration` });
  const took = performance.now() - began;
  agent.destroy();
  await stop(child);
  return took;
}

/** The other simulator looks for its certificate in the home folder and listens on one port. */
const simulatorPort = 4400;

async function timeSimulacrum(home: string): Promise<number> {
  const began = performance.now();
  const entry = join(here, "node_modules/@simulacrum/auth0-simulator/bin/start.cjs");
  const child = spawn(process.execPath, [entry], { env: { ...process.env, HOME: home }, stdio: "ignore" });
  while (!(await answers(simulatorPort))) {
    if (child.exitCode !== null) throw new Error("@simulacrum/auth0-simulator did not start.");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const took = performance.now() - began;
  await stop(child);
  return took;
}

async function simulatorHome(dataDir: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "tenant-bench-home-"));
  const folder = join(home, ".simulacrum/certs");
  await mkdir(folder, { recursive: true });
  await copyFile(join(dataDir, "tls.pem"), join(folder, "localhost.pem"));
  await copyFile(join(dataDir, "tls-key.pem"), join(folder, "localhost-key.pem"));
  return home;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const path = "/.well-known/openid-configuration";
    const outgoing = request({ host: "localhost", port, path, rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.on("error", () => resolve(false));
    outgoing.end();
  });
}

interface Sent {
  url: string;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

function send(agent: Agent, { url, method = "GET", body, headers = {} }: Sent): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { agent, method, headers: { "content-type": "application/json", ...headers } },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const tokenRequest = ({ url, clientId, clientSecret }: Started): Sent => ({
  url: `${url}/oauth/token`,
  method: "POST",
  body: JSON.stringify({
    ...{ grant_type: "client_credentials", audience: `${url}/api/v2/` },
    ...{ client_id: clientId, client_secret: clientSecret, scope: "read:clients" },
  }),
});

/** Tokens per second over keep-alive TLS; the server alone on one core, its caller on another. */
async function measureTokens(dataDir: string): Promise<number> {
  const started = await startTenant(dataDir, ["taskset", "-c", "0"]);
  const { url, ...wanted } = tokenRequest(started);
  const sendFor = (duration: number) =>
    autocannon({
      ...{ url, duration, ...wanted },
      // Enough that the server never waits for its caller.
      connections: 16,
      headers: { "content-type": "application/json" },
      tlsOptions: { ca: readFileSync(started.caFile) },
    });
  // The engine compiles what is busy in steps; what follows the last of them is the speed that stays.
  await sendFor(seconds);
  const result = await sendFor(seconds);
  await stop(started.process);
  if (result.non2xx + result.errors > 0) throw new Error("The tenant refused tokens.");
  return result["2xx"] / result.duration;
}

function signAlone(): number {
  const args = ["-c", "0", process.execPath, join(here, "signAlone.ts"), String(seconds)];
  return JSON.parse(spawnSync("taskset", args, { encoding: "utf8" }).stdout).perSecond;
}

async function measureClients(dataDir: string) {
  const ids = fillStore(join(dataDir, "tenant.sqlite"), 10_000);
  const started = await startTenant(dataDir);
  const agent = new Agent({ ca: readFileSync(started.caFile), keepAlive: true, maxSockets: 1 });
  const token = JSON.parse(await send(agent, tokenRequest(started))).access_token;
  const headers = { authorization: `Bearer ${token}` };
  const time = async (path: string) => {
    const began = performance.now();
    await send(agent, { url: started.url + path, headers });
    return performance.now() - began;
  };
  const pages: number[] = [];
  const gets: number[] = [];
  for (let index = 0; index < 50; index++) {
    pages.push(await time(`/api/v2/clients?per_page=100&page=${index % 10}&include_totals=true`));
    gets.push(await time(`/api/v2/clients/${ids[(index * 199) % ids.length]}`));
  }
  const memory = once(started.process, "message");
  started.process.send("memory");
  const [rss] = await memory;
  agent.destroy();
  await stop(started.process);
  return {
    pageOf100Ms: rounded(median(pages), 1),
    getMs: rounded(median(gets), 1),
    memoryMB: rounded(Number(rss) / 1e6),
  };
}

const dataDir = await mkdtemp(join(tmpdir(), "tenant-bench-"));
try {
  const firstStarts: number[] = [];
  for (let index = 0; index < Math.ceil(rounds / 4); index++) {
    const fresh = await mkdtemp(join(tmpdir(), "tenant-bench-first-"));
    firstStarts.push(await timeTenant(fresh));
    await rm(fresh, { recursive: true });
  }
  await timeTenant(dataDir);
  const home = await simulatorHome(dataDir);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let index = 0; index < rounds; index++) {
    ours.push(await timeTenant(dataDir));
    theirs.push(await timeSimulacrum(home));
  }
  await rm(home, { recursive: true });
  const pairs = [1, 2, 3].map(() => 0);
  const alone: number[] = [];
  const served: number[] = [];
  for (const _ of pairs) {
    alone.push(signAlone());
    served.push(await measureTokens(dataDir));
  }
  const clients = await measureClients(dataDir);
  const result = {
    start: {
      tenantMs: rounded(median(ours)),
      simulacrumMs: rounded(median(theirs)),
      ratio: rounded(median(ours) / median(theirs), 2),
      firstStartMs: rounded(median(firstStarts)),
    },
    tokens: {
      joseAlonePerSecond: rounded(median(alone)),
      tenantPerSecond: rounded(median(served)),
      ratio: rounded(median(served) / median(alone), 2),
    },
    tenThousandClients: clients,
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
