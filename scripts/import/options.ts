/** The options of `timesheets-import`. */
import { apiKeys, applicationKeys } from "../session/candidates.ts";
import { stackOption } from "../session/stackOption.ts";
import type { Options, ValuesOf } from "../terminal/command.ts";
import { logOption } from "../terminal/jsonLines.ts";
import { duration, wholeNumber } from "../terminal/values.ts";
import { rejectLimit } from "./keep/rejectLimit.ts";
import { rowRange } from "./read/expectedRows.ts";
import { shardOf } from "./read/shard.ts";

export const importOptions = {
  job: {
    type: "string",
    value: "file",
    defaultText: "the Timesheets API's",
    describe: "Import as this job file describes",
  },
  stack: { ...stackOption, describe: "Take the credentials from this stack's outputs" },
  "api-url": { type: "string", value: "address", describe: "Send to the API at this address" },
  "allow-http": { type: "boolean", describe: "Send the token without TLS" },
  application: {
    type: "string",
    value: "key",
    default: "import-job",
    candidates: applicationKeys,
    describe: "Act as this application of the access model",
  },
  api: {
    type: "string",
    value: "key",
    default: "timesheets",
    candidates: apiKeys,
    describe: "Send to this API of the access model",
  },
  "credentials-file": {
    type: "string",
    value: "file",
    describe: "Read the credentials from this JSON file, mode 0600",
  },
  "token-cache": {
    type: "string",
    value: "file",
    describe: "Keep the access token in this file between runs",
  },
  format: {
    type: "string",
    choices: ["auto", "csv", "jsonl", "json"],
    default: "auto",
    describe: "Read the files as this format; jsonl is one object per line, json one array",
  },
  map: { type: "string", value: "field=Column", repeatable: true, describe: "Read a field from this column" },
  delimiter: { type: "string", value: "character", describe: "Split CSV at this character, tab, or auto" },
  decimal: {
    type: "string",
    choices: ["point", "comma"],
    defaultText: "point",
    describe: "Read decimals with this sign",
  },
  "date-format": {
    type: "string",
    value: "format",
    defaultText: "2026-03-31",
    describe: "Read dates written like this: DD/MM/YYYY, M/D/YY, or excel for serial numbers",
  },
  "max-cell-lines": {
    type: "string",
    value: "lines",
    parse: wholeNumber(1, 1_000_000),
    defaultText: "reject what looks like rows",
    describe: "Reject a row with a quoted cell of more lines",
  },
  duplicates: {
    type: "string",
    choices: ["keep", "reject", "sum"],
    default: "keep",
    describe: "Send rows with the natural key of an earlier row, reject them, or add their numbers to it",
  },
  "expect-rows": {
    type: "string",
    value: "range",
    parse: rowRange,
    describe: "Send nothing unless the input has this many rows: 900..1100",
  },
  shard: {
    type: "string",
    value: "i/n",
    parse: shardOf,
    describe: "Import one of n shares of the rows, 0/n to (n-1)/n",
  },
  spool: {
    type: "string",
    value: "folder",
    describe: "Keep standard input, or what https:// addresses hold, in this folder until it is imported",
  },
  "batch-size": {
    type: "string",
    value: "rows",
    defaultText: "the job's, else 500",
    parse: wholeNumber(1, 10_000),
    describe: "Send this many entries per request",
  },
  concurrency: {
    type: "string",
    value: "requests",
    default: "8",
    parse: wholeNumber(1, 256),
    describe: "Send at most this many requests at once",
  },
  timeout: {
    type: "string",
    value: "time",
    default: "30s",
    parse: duration,
    describe: "Wait at most this long for an answer",
  },
  "give-up-after": {
    type: "string",
    value: "time",
    default: "5m",
    parse: duration,
    describe: "Stop after this long without success",
  },
  rejects: {
    type: "string",
    value: "file",
    defaultText: "beside the input",
    describe: "Write rejected rows to this file",
  },
  "rejects-format": {
    type: "string",
    choices: ["auto", "csv", "jsonl"],
    default: "auto",
    describe: "Write them in this format; auto is the input's",
  },
  "max-rejects": {
    type: "string",
    value: "limit",
    parse: rejectLimit,
    describe: "Stop when more rows than this are rejected: 100, or 2% of them",
  },
  checkpoint: {
    type: "string",
    value: "file",
    defaultText: "beside the input",
    describe: "Keep the progress of the import in this file; none keeps none",
  },
  log: logOption,
  metrics: {
    type: "string",
    value: "file",
    describe: "Write how the import ended to this Prometheus textfile",
  },
  heartbeat: {
    type: "string",
    value: "address",
    defaultText: "TIMESHEETS_HEARTBEAT_URL",
    describe: "Request this address when the import ends; with /fail after it unless all is stored",
  },
  restart: { type: "boolean", describe: "Start over; ignore the checkpoint" },
  "dry-run": { type: "boolean", describe: "Validate every row; send nothing" },
} as const satisfies Options;

export type ImportOptions = ValuesOf<typeof importOptions>;
