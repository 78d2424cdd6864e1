/** The one error type that commands raise on purpose, and the exit codes of the command lines. */

/** Exit codes; 0 to 3, 6 and 7 mean what they mean in Pulumi's own command line, the others are ours. */
export const exitCodes = {
  done: 0,
  failure: 1,
  usage: 2,
  credentials: 3,
  check: 4,
  noStack: 6,
  drift: 7,
  rejected: 10,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface ToolErrorOptions {
  /** @default exitCodes.failure */
  exitCode?: ExitCode;
  /** What the reader can do about it, one sentence. */
  hint?: string | undefined;
  cause?: unknown;
}

/** An expected failure: a stable code for programs, one sentence for people, the exit code, and the way out. */
export class ToolError extends Error {
  override readonly name = "ToolError";
  /** Stable, snake_case, e.g. `tenant_unauthorized`. */
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: ToolErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exitCode = options.exitCode ?? exitCodes.failure;
    this.hint = options.hint;
  }
}

/** A mistake in how the command was called or configured (exit code 2). */
export function usageError(message: string, hint?: string): ToolError {
  return new ToolError("usage", message, { exitCode: exitCodes.usage, hint });
}

/** What a command ends with after a Ctrl-C (exit code 130). */
export function interruption(
  message: string,
  options: Pick<ToolErrorOptions, "hint" | "cause"> = {},
): ToolError {
  return new ToolError("interrupted", message, { ...options, exitCode: exitCodes.interrupted });
}

/** What was thrown because of a Ctrl-C is reported as one, unless the command had more to say about it. */
export function endedBy(thrown: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted || thrown instanceof ToolError) return thrown;
  return interruption("Interrupted.", { cause: thrown });
}

/** The exit code that an error of any kind stands for. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ToolError) return error.exitCode;
  if (error instanceof Error && error.name === "AbortError") return exitCodes.interrupted;
  return exitCodes.failure;
}

/** The code of a failed system call, e.g. `ENOENT`; undefined for any other error. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The body of `{"error": ...}`: what `--json` prints when a command fails. */
export function errorDocument(error: unknown): {
  error: { code: string; message: string; hint: string | null };
} {
  if (error instanceof ToolError) {
    return { error: { code: error.code, message: error.message, hint: error.hint ?? null } };
  }
  return { error: { code: "unexpected", message: messageOf(error), hint: null } };
}
