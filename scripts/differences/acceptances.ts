/** Differences that a team accepts for a time: `infra/drift-ignore.yaml`. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Document, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { errorCode, usageError } from "../../lib/errors.ts";
import type { Finding } from "./finding.ts";

const acceptanceSchema = z.strictObject({
  /** As the report prints it; it names one difference, there is no wildcard. */
  path: z
    .string()
    .min(1)
    .regex(/^(apis|applications)[.[]/, "must start with apis. or applications."),
  /** Only on this stack. @default every stack */
  stack: z.string().min(1).optional(),
  reason: z.string().trim().min(1),
  /** The last day on which it holds (UTC). */
  until: z.iso.date("must be a date such as 2027-03-31"),
});
export type Acceptance = z.infer<typeof acceptanceSchema>;

const ignoreFile = path.join("infra", "drift-ignore.yaml");

/**
 * Reads the accepted differences; a file that is not there accepts nothing.
 * @throws {ToolError} exit 2 with every problem of the file
 */
export function readAcceptances(root: string): Acceptance[] {
  let text: string;
  try {
    text = readFileSync(path.join(root, ignoreFile), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw usageError(`${ignoreFile} cannot be read (${errorCode(error) ?? "unknown reason"}).`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${ignoreFile}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const broken = document.errors.map(({ pos, message }) => `${place(pos[0])}: ${message}`);
  if (broken.length > 0) throw usageError(broken.join("\n"));
  const value = plainValue(document) ?? { accept: [] };
  const parsed = z.strictObject({ accept: z.array(acceptanceSchema).nullable() }).safeParse(value);
  if (parsed.success) return parsed.data.accept ?? [];
  const problems = parsed.error.issues.map((issue) => {
    const where = issue.path.map(String);
    const node = document.getIn(where, true) ?? document.getIn(where.slice(0, -1), true);
    const range = (node as { range?: readonly number[] } | undefined)?.range;
    return `${place(range?.[0])}: ${where.join(".") || "the file"}: ${issue.message}`;
  });
  throw usageError(
    problems.join("\n"),
    "Each entry under `accept` has path, reason and until, and may have stack.",
  );
}

/** @throws {ToolError} exit 2 where an alias names nothing, which shows only here */
function plainValue(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw usageError(`${ignoreFile}: ${(error as Error).message}`);
  }
}

/** Why a difference is expected: it is accepted for a time, or the model leaves the property to others. */
export type Excuse = Acceptance | { readonly path: string; readonly leftAlone: true };

/** The excuse of a difference by its path; undefined where there is none. */
export type Accepted = (path: string) => Excuse | undefined;

/** Accepts nothing. */
export const nothingAccepted: Accepted = () => undefined;

/** What is accepted on a stack; an acceptance whose last day has passed accepts nothing. */
export function acceptedOn(
  acceptances: readonly Acceptance[],
  stack: string,
  today: Date,
): (path: string) => Acceptance | undefined {
  const byPath = new Map(
    acceptances
      .filter((acceptance) => holdsOn(acceptance, stack) && !hasEnded(acceptance, today))
      .map((acceptance) => [acceptance.path, acceptance]),
  );
  return (path) => byPath.get(path);
}

/**
 * What is accepted today on a stack.
 * @throws {ToolError} as {@link readAcceptances}
 */
export function acceptedIn({ root, name }: { readonly root: string; readonly name: string }): Accepted {
  return acceptedOn(readAcceptances(root), name, new Date());
}

function holdsOn(acceptance: Acceptance, stack: string): boolean {
  return acceptance.stack === undefined || acceptance.stack === stack;
}

function hasEnded({ until }: Acceptance, today: Date): boolean {
  return until < today.toISOString().slice(0, 10);
}

/** Why a difference is left as it is, and how long. */
export function describeAcceptance(excuse: Excuse): string {
  if ("leftAlone" in excuse) return `${excuse.path} is left to others by the model`;
  const { path, reason, until } = excuse;
  return `${path} is accepted until ${until}: ${reason}`;
}

export interface Sorted {
  /** Findings that nothing accepts. */
  readonly open: readonly Finding[];
  readonly accepted: readonly { readonly finding: Finding; readonly acceptance: Acceptance }[];
  readonly expired: readonly Acceptance[];
  readonly unused: readonly Acceptance[];
}

/** Sets accepted findings apart; an acceptance whose last day has passed accepts nothing. */
export function sortByAcceptance(
  findings: readonly Finding[],
  acceptances: readonly Acceptance[],
  stack: string,
  today: Date,
): Sorted {
  const here = acceptances.filter((acceptance) => holdsOn(acceptance, stack));
  const acceptance = acceptedOn(here, stack, today);
  const accepted = findings.flatMap((finding) => {
    const found = acceptance(finding.path);
    return found ? [{ finding, acceptance: found }] : [];
  });
  const paths = new Set(findings.map(({ path }) => path));
  return {
    open: findings.filter(({ path }) => !acceptance(path)),
    accepted,
    expired: here.filter((one) => hasEnded(one, today)),
    unused: here.filter((one) => acceptance(one.path) === one && !paths.has(one.path)),
  };
}
