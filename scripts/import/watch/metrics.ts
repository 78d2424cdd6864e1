/** The last run as a Prometheus textfile, for node_exporter's textfile collector. */
import { chmod, stat } from "node:fs/promises";
import path from "node:path";
import { errorCode, exitCodes, messageOf, usageError } from "../../../lib/errors.ts";
import { assertReplaceable, readIfPresent, writeWhole } from "../../../lib/files.ts";
import type { Ending } from "./ending.ts";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

const prefix = "timesheets_import_";
const lastSuccess = "last_success_timestamp_seconds";

/** Readable by all, as node_exporter is another user; it holds no secret. */
const mode = 0o644;

/** @throws {ToolError} exit 2 where the file cannot be written, or is not one of these */
export async function assertMetricsFile(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there && !there.isFile()) throw usageError(`${file} is not a file.`, "Choose another with --metrics.");
  const text = await readIfPresent(file).catch((error: unknown) => {
    throw usageError(`${file} cannot be read: ${messageOf(error)}.`, "Choose another file with --metrics.");
  });
  if (text !== undefined && text !== "" && !text.startsWith(`# HELP ${prefix}`)) {
    throw usageError(
      `${file} holds something other than this import's metrics and is left alone.`,
      "Choose another file with --metrics.",
    );
  }
  await assertReplaceable(file).catch((error: unknown) => {
    throw usageError(
      `${file} cannot be written (${errorCode(error) ?? messageOf(error)}).`,
      "--metrics needs a folder in which this user may make files.",
    );
  });
}

/** Replaces the file as a whole; the time of the last success stays where this run is none. */
export async function writeMetrics(file: string, ending: Ending): Promise<void> {
  const earlier = lastSuccessIn((await readIfPresent(file)) ?? "");
  await writeWhole(file, renderMetrics(path.basename(file, ".prom"), ending, earlier), mode);
  // A narrow umask would keep it from node_exporter.
  await chmod(file, mode);
}

/**
 * The text of the file.
 * @param name Value of the label `import`, which tells the files of one folder apart.
 * @param earlierSuccess Seconds since the epoch.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function renderMetrics(name: string, ending: Ending, earlierSuccess: number | undefined): string {
  const { summary, exitCode, seconds, endedAt } = ending;
  const success = exitCode === exitCodes.done ? endedAt / 1000 : earlierSuccess;
  const families: [name: string, help: string, samples: Sample[]][] = [
    ["exit_code", "Exit code of the last run; 0 is success.", [[{}, exitCode]]],
    ["duration_seconds", "Duration of the last run.", [[{}, seconds]]],
    ["last_run_timestamp_seconds", "When the last run ended.", [[{}, endedAt / 1000]]],
    [lastSuccess, "When a run last ended with exit code 0.", success === undefined ? [] : [[{}, success]]],
  ];
  if (summary) {
    const { accepted, alreadyStored, rejected, merged } = summary;
    families.push(
      [
        "rows",
        "Rows of the last import, by what became of them.",
        by("result", { accepted, already_stored: alreadyStored, rejected, merged }),
      ],
      [
        "rejected_rows",
        "Rejected rows of the last import by code; a row may have two.",
        by("code", summary.rejectedBy),
      ],
      ["duplicate_rows", "Rows with the natural key of an earlier row.", [[{}, summary.duplicates]]],
      ["requests", "Requests of the last import.", [[{}, summary.requests]]],
      ["retries", "Retries of the last import, by cause.", by("cause", summary.retries)],
      ["tokens", "Tokens that the tenant issued to the last import.", [[{}, summary.tokens]]],
    );
  }
  return families.map(([family, help, samples]) => render(family, help, samples, name)).join("");
}

function by(label: string, counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([value, count]) => [{ [label]: value }, count]);
}

function render(family: string, help: string, samples: readonly Sample[], name: string): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries({ import: name, ...labels }).map(
      ([key, text]) => `${key}="${escaped(text)}"`,
    );
    return `${prefix}${family}{${pairs.join(",")}} ${value}\n`;
  });
  return `# HELP ${prefix}${family} ${help}\n# TYPE ${prefix}${family} gauge\n${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function lastSuccessIn(text: string): number | undefined {
  const [, value] =
    new RegExp(`^${prefix}${lastSuccess}\\{[^\\n]*\\} (\\d+(?:\\.\\d+)?)$`, "m").exec(text) ?? [];
  return value === undefined ? undefined : Number(value);
}
