/** Measures the import beside others on this machine and prints the table of docs/import.md. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { cannonApart, pythonLoop } from "./competitors.ts";
import { importFile } from "./importer.ts";
import { bodies, writeCsv } from "./rows.ts";
import { startBenchApi, startImportTenant, tokenOf } from "./scenario.ts";

const quick = process.argv.includes("--quick");
const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const concurrency = 8;
const rounds = quick ? 1 : 3;
const folder = mkdtempSync(path.join(os.tmpdir(), "timesheets-bench-"));
const tenant = await startImportTenant();
const token = await tokenOf(tenant);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

const round = (value: number) => Math.round(value).toLocaleString("en-GB");

function csv(rows: number): string {
  const file = path.join(folder, `${rows}.csv`);
  writeCsv(file, rows);
  return file;
}

async function importRate(file: string, batchSize: number): Promise<number> {
  await using api = await startBenchApi(tenant);
  const args = ["--batch-size", String(batchSize), "--concurrency", String(concurrency)];
  const { summary } = await importFile(tenant, api, file, args);
  if (summary.tokens !== 1) throw new Error(`${summary.tokens} tokens`);
  return summary.rowsPerSecond;
}

/** Awaited before the return, or the API would be gone before the answer. */
async function cannonRate(rows: number, batchSize: number): Promise<number> {
  await using api = await startBenchApi(tenant);
  return await cannonApart({ url: api.url, token, rows, batchSize, connections: concurrency });
}

async function pythonRate(rows: number): Promise<number> {
  await using api = await startBenchApi(tenant);
  return await pythonLoop(api.url, token, bodies(rows, 1), api.folder);
}

/** The median of ratios of neighbours in time, so that a busy minute weighs on both. */
async function beside(
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ ours: number; theirs: number; ratio: number }> {
  const pairs: [number, number][] = [];
  for (let turn = 0; turn < rounds; turn++) pairs.push([await ours(), await theirs()]);
  return {
    ours: median(pairs.map(([left]) => left)),
    theirs: median(pairs.map(([, right]) => right)),
    ratio: median(pairs.map(([left, right]) => left / right)),
  };
}

/** The job that needs no file, written as one. */
const timesheetsAsFile = `
endpoint: POST /timesheets/upload
fields:
  user_id: { column: user_id }
  date: { column: date, type: date }
  project: { column: project }
  hours: { column: hours, type: number, over: 0, most: 24, decimals: 2 }
key: [user_id, date, project]
exactlyOnce: true
`;

const measures: Record<string, () => Promise<void>> = {
  "batch-size": async () => {
    const rows = quick ? 200_000 : 500_000;
    const file = csv(rows);
    for (const batchSize of [50, 100, 250, 500, 1000, 2000, 5000]) {
      const { ours, theirs, ratio } = await beside(
        () => importRate(file, batchSize),
        () => cannonRate(rows, batchSize),
      );
      report(
        `batch of ${batchSize}: import ${round(ours)} rows/s, autocannon ${round(theirs)}, ratio ${ratio.toFixed(2)}`,
      );
    }
  },
  single: async () => {
    const rows = quick ? 15_000 : 60_000;
    const file = csv(rows);
    const against = await beside(
      () => importRate(file, 1),
      () => cannonRate(rows, 1),
    );
    report(
      `batch of 1: import ${round(against.ours)} rows/s, autocannon ${round(against.theirs)}, ratio ${against.ratio.toFixed(2)}`,
    );
    const python = await beside(
      () => importRate(file, 1),
      () => pythonRate(Math.round(rows / 5)),
    );
    report(
      `batch of 1: import ${round(python.ours)} rows/s, Python loop ${round(python.theirs)}, ratio ${python.ratio.toFixed(2)}`,
    );
  },
  job: async () => {
    const rows = quick ? 200_000 : 500_000;
    const file = csv(rows);
    const job = path.join(folder, "job.yaml");
    writeFileSync(job, timesheetsAsFile);
    const rate = async (args: readonly string[]) => {
      await using api = await startBenchApi(tenant);
      return (await importFile(tenant, api, file, args)).summary.rowsPerSecond;
    };
    const { ours, theirs, ratio } = await beside(
      () => rate(["--job", job]),
      () => rate([]),
    );
    report(`with a job file: ${round(ours)} rows/s, built in ${round(theirs)}, ratio ${ratio.toFixed(2)}`);
  },
  reading: async () => {
    const file = csv(quick ? 300_000 : 1_000_000);
    const program = fileURLToPath(new URL("reading.ts", import.meta.url));
    const measured = (way: string) =>
      JSON.parse(String(execFileSync(process.execPath, [program, way, file]))) as Record<string, number>;
    const ways = [
      ["import", "reading and validating"],
      ["import-duplicates", "reading, validating and finding duplicates"],
    ] as const;
    for (const [way, what] of ways) {
      for (const unit of ["perSecond", "perCpuSecond"]) {
        const { ours, theirs, ratio } = await beside(
          async () => measured(way)[unit] ?? Number.NaN,
          async () => measured("csv-parse")[unit] ?? Number.NaN,
        );
        report(
          `${what}, rows ${unit}: ${round(ours)}, csv-parse alone ${round(theirs)}, ratio ${ratio.toFixed(2)}`,
        );
      }
    }
  },
  checkpoint: async () => {
    const file = csv(quick ? 500_000 : 5_000_000);
    const rate = async (args: readonly string[]) => {
      await using api = await startBenchApi(tenant);
      return (await importFile(tenant, api, file, args)).summary.rowsPerSecond;
    };
    const { ours, theirs, ratio } = await beside(
      () => rate([]),
      () => rate(["--checkpoint", "none"]),
    );
    report(`with checkpoint: ${round(ours)} rows/s, without ${round(theirs)}, ratio ${ratio.toFixed(3)}`);
  },
  memory: async () => {
    const rows = quick ? 500_000 : 5_000_000;
    const file = csv(rows);
    await using api = await startBenchApi(tenant);
    const { summary, memory } = await importFile(tenant, api, file, []);
    const tenth = Math.max(1, Math.floor(memory.length / 10));
    const spots = Array.from({ length: 10 }, (_, index) =>
      Math.max(...memory.slice(index * tenth, (index + 1) * tenth)),
    );
    report(
      `${round(rows)} rows: ${summary.seconds.total} s, ${round(summary.rowsPerSecond)} rows/s, at most ${Math.max(...memory)} MB; ` +
        `by tenths ${spots.join(" ")} MB; ${summary.tokens} token`,
    );
  },
};

try {
  report(
    `${os.availableParallelism()} cores, ${os.cpus()[0]?.model ?? "unknown"}, Node ${process.versions.node}, load ${os.loadavg()[0]?.toFixed(1)}`,
  );
  for (const [name, measure] of Object.entries(measures)) {
    if (wanted.length === 0 || wanted.includes(name)) await measure();
  }
} finally {
  await tenant.close();
  rmSync(folder, { recursive: true, force: true });
}
