/** POST /timesheets/upload: one entry or an array, stored whole or not at all, once per Idempotency-Key. */
import { hash } from "node:crypto";
import type { Request, RequestHandler } from "express";
import { type Entry, parseEntry } from "../entry.ts";
import { type EntryError, ProblemError } from "./problems.ts";
import type { IdempotencyKey, TimesheetStore } from "./store.ts";

/** Most entries in one upload. */
export const largestBatch = 10_000;

/** Largest body, bytes. */
export const largestBody = 4 * 1024 * 1024;

export function uploadEntries(store: TimesheetStore): RequestHandler {
  return async (request, response) => {
    const body = parseBody(request);
    const key = idempotencyKey(request);
    const outcome = await store.upload(parseEntries(body), key);
    switch (outcome.kind) {
      case "stored":
        response.status(201).json(outcome.counts);
        break;
      case "replayed":
        // Age is RFC 9111's word for how old a stored answer is; the importer recognises last night's upload by it.
        response
          .status(201)
          .set({ "Idempotent-Replayed": "true", Age: String(outcome.age) })
          .json(outcome.counts);
        break;
      case "in_progress":
        throw new ProblemError(
          {
            status: 409,
            type: "idempotency-key-in-progress",
            title: "An upload with this Idempotency-Key is still in progress",
          },
          { "Retry-After": "1" },
        );
      case "key_reused":
        throw new ProblemError({
          status: 422,
          type: "idempotency-key-reused",
          title: "This Idempotency-Key was used with another body",
        });
      case "conflicts":
        throw invalidEntries(outcome.errors);
    }
  };
}

/** The JSON document of a request whose body was read as bytes. */
export function parseBody(request: Request): unknown {
  if (!Buffer.isBuffer(request.body)) {
    throw new ProblemError({
      status: 415,
      type: "unsupported-media-type",
      title: "Send application/json in UTF-8",
    });
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.body));
  } catch {
    throw new ProblemError({ status: 400, type: "invalid-json", title: "The body is not JSON in UTF-8" });
  }
}

/** @throws {ProblemError} 422 with every entry that breaks a rule. */
export function parseEntries(body: unknown): Entry[] {
  const values: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (values.length > largestBatch) {
    throw new ProblemError({
      status: 413,
      type: "content-too-large",
      title: `At most ${largestBatch} entries at once`,
    });
  }
  const entries: Entry[] = [];
  const errors: EntryError[] = [];
  for (const [index, value] of values.entries()) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      errors.push({
        index,
        pointer: `#/${index}`,
        code: "not_an_object",
        detail: "An entry is a JSON object.",
      });
      continue;
    }
    const { user_id, date, project, hours } = value as Record<string, unknown>;
    const parsed = parseEntry(user_id, date, project, hours);
    if (parsed.ok) entries.push(parsed.entry);
    else {
      for (const { field, code, detail } of parsed.problems) {
        errors.push({ index, pointer: `#/${index}/${field}`, code, detail });
      }
    }
  }
  if (errors.length > 0) throw invalidEntries(errors);
  return entries;
}

function invalidEntries(errors: readonly EntryError[]): ProblemError {
  return new ProblemError({
    status: 422,
    type: "invalid-entries",
    title: "Entries were refused; nothing was stored",
    errors,
  });
}

/** Reads draft-ietf-httpapi-idempotency-key-header: a quoted string; the bare form that many clients send passes too. */
function idempotencyKey(request: Request): IdempotencyKey | undefined {
  const header = request.get("idempotency-key");
  if (header === undefined) return undefined;
  const key = /^"?([\x21\x23-\x5b\x5d-\x7e]{1,128})"?$/.exec(header)?.[1];
  if (key === undefined) {
    throw new ProblemError({
      status: 400,
      type: "invalid-idempotency-key",
      title: "Idempotency-Key is a quoted string of 1 to 128 visible characters",
    });
  }
  const payload = request.auth?.payload;
  return {
    client: String(payload?.azp ?? payload?.client_id ?? payload?.sub),
    key,
    fingerprint: hash("sha256", request.body, "base64url"),
  };
}
