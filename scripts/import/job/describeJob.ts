/** A job in words: what is sent where, made from what, and what its answers mean. */
import type { FieldRule, Job } from "./schema.ts";

/** @returns lines without an end */
export function describeJob(job: Job): string[] {
  const { endpoint, batch, scope, fields, key, answers, exactlyOnce } = job;
  const names = Object.keys(fields);
  const width = Math.max(...names.map((name) => name.length));
  const where = batch.in === undefined ? "a list" : `the list ${batch.in}`;
  return [
    `It sends ${endpoint} with at most ${batch.most} entries in ${where}${scope === undefined ? "" : `, and needs the scope ${scope}`}.`,
    ...names.map(
      (name) =>
        `  ${name.padEnd(width)}  ${describeField(name, fields[name])}${key.includes(name) ? " (key)" : ""}`,
    ),
    ...(answers.storedByStatus.length === 0
      ? []
      : [`Every entry counts as stored after ${answers.storedByStatus.join(", ")}.`]),
    `After ${answers.stored.join(", ")} those entries count as stored of which ${account(job)}.`,
    exactlyOnce
      ? "The API stores an entry once, however often it is sent."
      : "An entry whose answer was lost is sent again, and the API may store it twice.",
  ];
}

function describeField(name: string, rule: FieldRule | undefined): string {
  if (rule === undefined) return "";
  if (rule.constant !== undefined) return `always ${JSON.stringify(rule.constant)}`;
  if (rule.computed !== undefined) return `made as ${rule.computed}`;
  const source =
    rule.path === undefined ? `column ${JSON.stringify(rule.column ?? name)}` : `path ${rule.path}`;
  const { over, least, most } = rule;
  const limits = [
    rule.required ? undefined : "may be missing",
    rule.longest === undefined ? undefined : `at most ${rule.longest} characters`,
    over === undefined ? undefined : `over ${over}`,
    least === undefined ? undefined : `at least ${least}`,
    most === undefined ? undefined : `at most ${most}`,
    rule.decimals === undefined ? undefined : `at most ${rule.decimals} decimals`,
    rule.format === undefined ? undefined : `written as ${rule.format}`,
    rule.pattern === undefined ? undefined : `matching ${rule.pattern}`,
    rule.oneOf === undefined ? undefined : `one of ${rule.oneOf.join(", ")}`,
  ];
  return [`${rule.type} from ${source}`, ...limits.filter((limit) => limit !== undefined)].join(", ");
}

function account({ answers: { entries, counts, errors } }: Job): string {
  if (entries) return `an item in ${entries.in || "the answer"} says so in ${entries.status}`;
  const { accepted, alreadyStored } = counts ?? { accepted: "accepted", alreadyStored: "alreadyStored" };
  return `the answer says so: a list with a status for each, or the numbers ${accepted} and ${alreadyStored} beside the faults in ${errors?.in ?? "errors"}`;
}
