/** What can be wrong with an access model, where it stands, and the one error that carries all of it. */

/** A place in a file; line and column count from 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** Keys and list indexes from the model's root. */
export type Path = readonly (string | number)[];

/** One problem of the access model, and its fix. */
export interface Problem extends Position {
  /** As `pulumi config set --path` writes it, e.g. `apis.timesheets.scopes["batch:upload"]`. */
  path: string;
  /** What is wrong, without a final full stop; never the value of something that may be a secret. */
  message: string;
  /** What to do about it, one sentence. */
  fix: string;
  /** Set for a problem that stops nothing. */
  severity?: "warning";
}

/** The access model cannot be used; every reason at once. */
export class AccessModelError extends Error {
  override readonly name = "AccessModelError";
  readonly problems: readonly Problem[];
  /** What rules warn of besides; no part of the message. */
  readonly warnings: readonly Problem[];

  constructor(problems: readonly Problem[], warnings: readonly Problem[] = []) {
    const sorted = [...problems].sort(byPosition);
    super(sorted.map(describeProblem).join("\n"));
    this.problems = sorted;
    this.warnings = [...warnings].sort(byPosition);
  }
}

/** One line: `infra/access.yaml:12:5: apis.timesheets: unknown key "scope". Did you mean "scopes"?` */
export function describeProblem({ file, line, column, path, message, fix, severity }: Problem): string {
  const kind = severity === undefined ? "" : `${severity}: `;
  return `${file}:${line}:${column}: ${kind}${path === "" ? "" : `${path}: `}${message}. ${fix}`;
}

/** Renders a path; keys that are not plain words are put in brackets. */
export function showPath(path: Path): string {
  return path
    .map((step) => {
      if (typeof step === "number") return `[${step}]`;
      return /^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    })
    .join("")
    .replace(/^\./, "");
}

function byPosition(a: Problem, b: Problem): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column;
}
