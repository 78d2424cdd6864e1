/** Reading one file, as a process of its own: `csv-parse` alone, or the import's reader with its validation, with or without looking for duplicates. */
import { createReadStream } from "node:fs";
import process from "node:process";
import { parse } from "csv-parse";
import { timesheetsJob } from "../../scripts/import/job/timesheets.ts";
import { RowRanges } from "../../scripts/import/keep/rowRanges.ts";
import { planImport } from "../../scripts/import/plan.ts";
import { noDuplicates, openDuplicates } from "../../scripts/import/read/duplicates.ts";
import { runPipeline } from "../../scripts/import/send/pipeline.ts";
import { Tally } from "../../scripts/import/tally.ts";

const [way = "", file = ""] = process.argv.slice(2);
const begun = performance.now();
const cpuBegun = process.cpuUsage();
let rows = 0;
if (way === "csv-parse") {
  const parser = createReadStream(file).pipe(parse({ columns: false, from: 2 }));
  parser.on("data", () => {
    rows++;
  });
  await new Promise((resolve) => parser.once("end", resolve));
} else {
  const plan = await planImport(
    {
      files: [file],
      format: "csv",
      map: [],
      delimiter: undefined,
      decimal: undefined,
      dateFormat: undefined,
      maxCellLines: undefined,
      duplicates: "keep",
      shard: undefined,
      rejects: undefined,
      rejectsFormat: "auto",
      checkpoint: "none",
    },
    timesheetsJob,
    process.cwd(),
    process.stdin,
    { folder: undefined, allowHttp: false, env: {}, signal: new AbortController().signal, warn: () => {} },
  );
  const tally = new Tally();
  await runPipeline({
    readers: plan.readers,
    fields: plan.fields,
    duplicates: way === "import-duplicates" ? await openDuplicates({ ...plan, mode: "keep" }) : noDuplicates,
    shard: undefined,
    onNotice: () => {},
    batchSize: 500,
    window: 1,
    send: undefined,
    tally,
    done: new RowRanges(),
    addRejects: () => {},
    afterBatch: () => {},
    onRead: () => {},
    signal: new AbortController().signal,
    halt: () => {},
  });
  rows = tally.rows.rows;
}
const cpu = process.cpuUsage(cpuBegun);
const perSecond = rows / ((performance.now() - begun) / 1000);
const perCpuSecond = rows / ((cpu.user + cpu.system) / 1e6);
process.stdout.write(JSON.stringify({ perSecond, perCpuSecond }));
process.exit(0);
