/** One check: what the model asks for, and what was seen. */
import { type Accepted, describeAcceptance } from "../differences/acceptances.ts";

export interface Check {
  /** Stable, e.g. `import-job.timesheets.scope`. */
  readonly id: string;
  /** What is checked, as a noun phrase. */
  readonly title: string;
  /** True where what was seen is what was expected, and where the check was not tried. */
  readonly ok: boolean;
  readonly expected: string;
  readonly seen: string;
  /** Why it differs and what to do, or why it was not tried. */
  readonly explanation?: string;
  /** Set where the check could not be tried, which is neither a success nor a failure. */
  readonly skipped?: true;
  /** Set where what differs is accepted for a time, or left to others by the model; `ok` is true then. */
  readonly accepted?: true;
}

/** What all checks of one subject share: the start of their id and, in words, whom they are about. */
export interface Subject {
  readonly id: string;
  readonly name: string;
}

/** The checks of one subject, each named after it. */
export function checksOn(subject: Subject) {
  const name = (id: string, title: string) => ({
    id: `${subject.id}.${id}`,
    title: `${subject.name}: ${title}`,
  });
  return {
    /** Expected and seen are compared as they are shown. */
    equal: (id: string, title: string, expected: string, seen: string, explanation?: string): Check =>
      check(name(id, title), expected === seen, expected, seen, explanation),
    /** Judged by the caller; the explanation is kept for a failure alone. */
    judged: (
      id: string,
      title: string,
      ok: boolean,
      expected: string,
      seen: string,
      explanation?: string,
    ): Check => check(name(id, title), ok, expected, seen, explanation),
    skipped: (id: string, title: string, expected: string, explanation: string): Check => ({
      ...name(id, title),
      ok: true,
      expected,
      seen: "not tried",
      explanation,
      skipped: true,
    }),
  };
}

export type ChecksOn = ReturnType<typeof checksOn>;

function check(
  named: Pick<Check, "id" | "title">,
  ok: boolean,
  expected: string,
  seen: string,
  explanation: string | undefined,
): Check {
  return { ...named, ok, expected, seen, ...(ok || explanation === undefined ? {} : { explanation }) };
}

/**
 * A check that failed by differences that are accepted alone.
 * @param ways Paths of differences as drift names them: where all of one way are accepted, so is what was seen.
 */
export function unlessAccepted(
  check: Check,
  accepted: Accepted,
  ...ways: readonly (readonly string[])[]
): Check {
  if (check.ok) return check;
  const acceptances = ways
    .map((paths) => paths.map(accepted))
    .find((way) => way.length > 0 && way.every((acceptance) => acceptance !== undefined));
  if (!acceptances) return check;
  const explanation = acceptances
    .flatMap((acceptance) => (acceptance ? `${describeAcceptance(acceptance)}.` : []))
    .join(" ");
  return { ...check, ok: true, accepted: true, explanation };
}

/** A set of scopes as it is shown and compared: sorted, `none` where there is none. */
export function scopeList(scopes: Iterable<string>): string {
  return [...new Set(scopes)].sort().join(" ") || "none";
}
