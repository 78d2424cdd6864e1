/** What an answer of the Management API means: the value that was asked for, or the API's refusal as an error. */
import { z } from "zod";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import { parseJson } from "../../lib/json.ts";
import { plainText } from "../../lib/text.ts";

/** An answer, whole. */
export interface ManagementAnswer {
  /** The request for messages, e.g. `GET /api/v2/clients`. */
  readonly label: string;
  /** HTTP status. */
  readonly status: number;
  readonly text: string;
}

/** A refusal or failure that the Management API put into words. */
export class ManagementError extends ToolError {
  readonly status: number;
  readonly errorCode: string | undefined;

  constructor(request: string, status: number, message: string, errorCode: string | undefined) {
    // One line, whatever the API wrote: a second one would look like ours.
    const said = plainText(`${errorCode ? ` ${errorCode}` : ""}: ${message}`);
    const limited = errorCode === "feature_not_enabled";
    super(limited ? errorCode : codeOf(status), `${request} answered ${status}${said}`, {
      exitCode: limited ? exitCodes.check : exitCodeOf(status),
      hint: limited
        ? "The plan of the tenant does not include it: upgrade the plan, or do without."
        : hintFor(status),
    });
    this.status = status;
    this.errorCode = errorCode;
  }
}

function exitCodeOf(status: number) {
  return status === 401 || status === 403 ? exitCodes.credentials : exitCodes.failure;
}

function hintFor(status: number): string | undefined {
  return status === 403
    ? "Give the management application that scope in its grant on the Auth0 Management API."
    : undefined;
}

function codeOf(status: number): string {
  if (status === 403) return "insufficient_scope";
  return status === 401 ? "tenant_unauthorized" : "management_api_failed";
}

const unexplained = "no explanation";
const errorSchema = z
  .object({ message: z.string().default(unexplained), errorCode: z.string().optional() })
  .catch({ message: unexplained });

/**
 * The value in an answer.
 * @throws {ManagementError} for a refusal. @throws {ToolError} `unexpected_answer` for a body of another shape
 */
export function valueIn<T>(answer: ManagementAnswer, schema: z.ZodType<T>): T {
  const { label, status, text } = answer;
  if (status >= 400) {
    const { message, errorCode } = errorSchema.parse(parseJson(text));
    throw new ManagementError(label, status, message, errorCode);
  }
  const parsed = schema.safeParse(text === "" ? undefined : parseJson(text));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole").join(", ");
  throw new ToolError("unexpected_answer", `${label} answered ${status} with an unexpected body (${where}).`);
}

/** The Management API's own word that there is no such object; another server's 404 says nothing of the kind. */
export function isAbsent({ status, text }: ManagementAnswer): boolean {
  return status === 404 && z.object({ statusCode: z.literal(404) }).safeParse(parseJson(text)).success;
}
