/** What the import is measured against: autocannon with the same bodies, and the scenario's own Python loop. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import autocannon from "autocannon";

/** Rows a second of autocannon, each connection with its own share of the prepared bodies. */
export async function cannon(
  url: string,
  token: string,
  prepared: readonly string[],
  rows: number,
  connections: number,
): Promise<number> {
  const headersOf = (body: string) => ({
    "content-type": "application/json",
    authorization: `Bearer ${token}`,
    "idempotency-key": `"${createHash("sha256").update(body).digest("base64url")}"`,
  });
  const requests = prepared.map((body) => ({
    method: "POST" as const,
    path: "/timesheets/upload",
    body,
    headers: headersOf(body),
  }));
  let client = 0;
  const begun = performance.now();
  // autocannon itself ends on a whole second.
  let last = begun;
  const result = await autocannon({
    url: `${url}/timesheets/upload`,
    method: "POST",
    connections,
    amount: requests.length,
    setupClient: (instance) => {
      const turn = client++;
      instance.on("response", () => {
        last = performance.now();
      });
      instance.setRequests(requests.filter((_, index) => index % connections === turn));
    },
  });
  if (result["2xx"] !== requests.length)
    throw new Error(`autocannon: ${result["2xx"]} of ${requests.length} stored`);
  return rows / ((last - begun) / 1000);
}

export interface CannonOptions {
  readonly url: string;
  readonly token: string;
  readonly rows: number;
  readonly batchSize: number;
  readonly connections: number;
}

/** The same in a process of its own. */
export async function cannonApart(options: CannonOptions): Promise<number> {
  const program = fileURLToPath(new URL("cannonProcess.ts", import.meta.url));
  const running = promisify(execFile)(process.execPath, [program]);
  running.child.stdin?.end(`${JSON.stringify(options)}\n`);
  return Number((await running).stdout);
}

const script = `
import json, sys, time, requests
url, token, file = sys.argv[1], sys.stdin.readline().strip(), sys.argv[2]
session = requests.Session()
bodies = open(file).read().splitlines()
started = time.monotonic()
for body in bodies:
    answer = session.post(url, data=body, headers={"authorization": "Bearer " + token, "content-type": "application/json"})
    assert answer.status_code == 201, answer.text
print(len(bodies) / (time.monotonic() - started))
`;

/** Rows a second of one entry after the other on one connection. */
export async function pythonLoop(
  url: string,
  token: string,
  prepared: readonly string[],
  folder: string,
): Promise<number> {
  const file = path.join(folder, "bodies.txt");
  const program = path.join(folder, "loop.py");
  writeFileSync(file, prepared.join("\n"));
  writeFileSync(program, script);
  const running = promisify(execFile)("python3", [program, `${url}/timesheets/upload`, file]);
  running.child.stdin?.end(`${token}\n`);
  return Number((await running).stdout);
}
