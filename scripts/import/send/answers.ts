/** What the API's answer to one upload means, by the job's rules; docs/import-contract.md is the same in prose. */
import { parseJson } from "../../../lib/json.ts";
import { retryAfter } from "../../../lib/retryAfter.ts";
import type { AnswerRules } from "../job/schema.ts";
import { apiMessage, at, firstText, messageKeys } from "./apiMessage.ts";

export interface EntryRefusal {
  readonly code: string;
  readonly reason: string;
}

/** An account of every entry of an upload: the numbers add up to what was sent. */
export interface Account {
  readonly kind: "stored";
  readonly accepted: number;
  readonly alreadyStored: number;
  /** By position in the upload. */
  readonly refused: ReadonlyMap<number, EntryRefusal>;
  /** Positions that the API could not take just now, with their status. */
  readonly again: ReadonlyMap<number, string>;
  /** Milliseconds since the API first answered this very upload; undefined where it was new. */
  readonly replayedAfter: number | undefined;
}

export type Answer =
  | Account
  /** Nothing was stored, and the API names the entries at fault. */
  | { readonly kind: "refused_entries"; readonly errors: ReadonlyMap<number, EntryRefusal> }
  /** Nothing was stored, and the API does not say which entry is to blame. */
  | { readonly kind: "refused_batch"; readonly reason: string }
  | { readonly kind: "too_large" }
  | { readonly kind: "unauthorized"; readonly reason: string }
  | { readonly kind: "forbidden"; readonly reason: string }
  /** May succeed later. `cause` is a status or a kind of failure; `wait` is what the API asked for, milliseconds. */
  | { readonly kind: "transient"; readonly cause: string; readonly wait: number | undefined }
  /** The API will not take this upload. */
  | { readonly kind: "unusable"; readonly reason: string }
  /** It seems to have succeeded, and does not say of which entries. */
  | { readonly kind: "unclear"; readonly reason: string };

export interface AnswerParts {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** @param sent Entries in the upload. */
export function interpret(parts: AnswerParts, sent: number, rules: AnswerRules): Answer {
  const { status, headers, text } = parts;
  const body = parseJson(text);
  if (rules.storedByStatus.includes(status)) return account(sent, sent, 0, headers);
  if (rules.alreadyStored.includes(status) && sent === 1) return account(sent, 0, 1, headers);
  if (rules.stored.includes(status)) return accounted(parts, body, sent, rules);
  const said = apiMessage(body, headers["content-type"], text);
  const reason = said === "" ? String(status) : `${status}, ${said}`;
  if (status < 300) return { kind: "unclear", reason: unclearStatus(status) };
  if (status < 400) return { kind: "unusable", reason: redirected(status, headers.location) };
  if (isTransient(status) || isInProgress(status, body)) {
    return { kind: "transient", cause: String(status), wait: retryAfter(headers["retry-after"]) };
  }
  if (status === 401) return { kind: "unauthorized", reason };
  if (status === 403) return { kind: "forbidden", reason };
  if (status === 413) return { kind: "too_large" };
  if (refusals.has(status) && !problemType(body)?.endsWith("idempotency-key-reused")) {
    const errors = entryErrors(body, sent, rules.errors, said);
    return errors && errors.size > 0
      ? { kind: "refused_entries", errors }
      : { kind: "refused_batch", reason };
  }
  return { kind: "unusable", reason: `it answers ${reason}` };
}

/** Statuses with which an API refuses what was sent, and has stored none of it. */
const refusals: ReadonlySet<number> = new Set([400, 409, 422]);

/** Statuses of 500 and more that no later attempt changes: not implemented, loops, and a network that wants a login. */
const final: ReadonlySet<number> = new Set([501, 505, 506, 508, 510, 511]);

/** True for a status that says that the same request may succeed later; those that nobody defined count as 500. */
function isTransient(status: number): boolean {
  return (
    status === 408 ||
    status === 421 ||
    status === 425 ||
    status === 429 ||
    (status >= 500 && status < 600 && !final.has(status))
  );
}

/** Answers that the Timesheets API gives while an upload with the same key is under way. */
function isInProgress(status: number, body: unknown): boolean {
  return status === 409 && problemType(body)?.endsWith("idempotency-key-in-progress") === true;
}

function problemType(body: unknown): string | undefined {
  const type = at(body, "type");
  return typeof type === "string" ? type : undefined;
}

function unclearStatus(status: number): string {
  return status === 202
    ? "it answers 202: it accepted the entries for later, and does not say that they are stored"
    : `it answers ${status}, which does not say which entries are stored`;
}

/** A redirect is never followed: the token would go to an address that nobody chose. */
function redirected(status: number, location: string | string[] | undefined): string {
  const target = typeof location === "string" && URL.canParse(location) ? new URL(location) : undefined;
  const where = target ? ` to ${target.origin}${target.pathname}` : "";
  return `it answers ${status} and redirects${where.slice(0, 300)}; redirects are not followed`;
}

function account(
  sent: number,
  accepted: number,
  alreadyStored: number,
  headers: AnswerParts["headers"],
  refused: Account["refused"] = new Map(),
  again: Account["again"] = new Map(),
): Answer {
  const total = accepted + alreadyStored + refused.size + again.size;
  if (total !== sent) {
    return { kind: "unclear", reason: `its answer accounts for ${total} of ${sent} entries` };
  }
  const age = Number(headers.age ?? 0);
  const replayed = headers["idempotent-replayed"] === "true";
  const replayedAfter = replayed ? (Number.isFinite(age) ? age * 1000 : 0) : undefined;
  return { kind: "stored", accepted, alreadyStored, refused, again, replayedAfter };
}

function accounted(
  { status, headers, text }: AnswerParts,
  body: unknown,
  sent: number,
  rules: AnswerRules,
): Answer {
  if (body === undefined || typeof body !== "object" || body === null) {
    const type = firstText([headers["content-type"], "no content type"]).slice(0, 60);
    const what =
      text === ""
        ? "without a body"
        : `with ${body === undefined ? "text that is not JSON" : "no JSON object"} (${type})`;
    return { kind: "unclear", reason: `it answers ${status} ${what}` };
  }
  const items = entryItems(body, rules);
  if (items) return byEntry(items, sent, rules, headers);
  const { accepted, alreadyStored } = rules.counts ?? defaultCounts;
  const numbers = [numberAt(body, accepted), numberAt(body, alreadyStored)];
  if (numbers.includes(undefined) || (at(body, accepted) ?? at(body, alreadyStored)) === undefined) {
    return { kind: "unclear", reason: `its answer ${status} does not say which entries are stored` };
  }
  const contradiction = rules.counts ? undefined : contradictionIn(body);
  if (contradiction !== undefined)
    return { kind: "unclear", reason: `its answer ${status} ${contradiction}` };
  const errors = entryErrors(body, sent, rules.errors, "");
  if (!errors) return { kind: "unclear", reason: `its answer ${status} has errors that name no entry` };
  const [added = 0, known = 0] = numbers;
  return account(sent, added, known, headers, errors);
}

/** What an answer says against its own numbers; undefined where it says nothing of the kind. */
function contradictionIn(body: object): string | undefined {
  if (at(body, "success") === false || at(body, "ok") === false) return "says that it did not succeed";
  const error = at(body, "error");
  if (error !== undefined && error !== null && error !== false && error !== "") return "holds an error";
  const named = faults(at(body, "errors"))?.length;
  const refused = refusedCounts.find((key) => {
    const number = at(body, key);
    const counted = Array.isArray(number) ? number.length : number;
    return typeof counted === "number" && counted > 0 && counted !== named;
  });
  return refused === undefined ? undefined : `counts entries as ${refused} that it does not name in errors`;
}

const refusedCounts = ["rejected", "refused", "failed", "failures", "invalid", "skipped"];

const defaultCounts = { accepted: "accepted", alreadyStored: "alreadyStored" };

/** A number of entries; 0 where it is absent, undefined where it is none. */
function numberAt(body: unknown, path: string): number | undefined {
  const value = at(body, path) ?? 0;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

type Rules = NonNullable<AnswerRules["entries"]>;

/** Where an API keeps its items, unless the job says it. */
const usualLists = ["results", "entries", "items", "responses", "data", ""];
const usualStatus = ["status", "statusCode", "status_code"];

/** The list with one item for each entry; undefined where the answer has none. */
function entryItems(body: object, { entries }: AnswerRules): readonly unknown[] | undefined {
  if (entries) {
    const list = at(body, entries.in);
    return Array.isArray(list) ? list : undefined;
  }
  return usualLists
    .map((path) => at(body, path))
    .find(
      (list): list is unknown[] =>
        Array.isArray(list) && list.some((item) => statusOf(item, undefined) !== undefined),
    );
}

function statusOf(item: unknown, rules: Rules | undefined): unknown {
  const paths = rules ? [rules.status] : usualStatus;
  return paths.map((path) => at(item, path)).find((value) => value !== undefined);
}

/** Reads an answer with an item for each entry; every entry must be there once. */
function byEntry(
  items: readonly unknown[],
  sent: number,
  { entries, alreadyStored }: AnswerRules,
  headers: AnswerParts["headers"],
): Answer {
  const positions = positionsOf(items, sent, entries);
  if (!positions) {
    return {
      kind: "unclear",
      reason: `its answer has ${items.length} items that do not name each of ${sent} entries once`,
    };
  }
  let accepted = 0;
  let known = 0;
  const refused = new Map<number, EntryRefusal>();
  const again = new Map<number, string>();
  for (const [turn, item] of items.entries()) {
    const position = positions[turn] ?? 0;
    const verdict = verdictOn(statusOf(item, entries), entries, alreadyStored);
    if (verdict.kind === "accepted") accepted++;
    else if (verdict.kind === "known") known++;
    else if (verdict.kind === "again") again.set(position, verdict.status);
    else if (verdict.kind === "refused") refused.set(position, refusalOf(item, entries, verdict.reason));
    else return { kind: "unclear", reason: verdict.reason };
  }
  return account(sent, accepted, known, headers, refused, again);
}

type Verdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "known" }
  | { readonly kind: "again"; readonly status: string }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unclear"; readonly reason: string };

function verdictOn(status: unknown, rules: Rules | undefined, alreadyStored: readonly number[]): Verdict {
  if (rules?.stored.some((value) => value === status)) return { kind: "accepted" };
  if (rules?.alreadyStored.some((value) => value === status)) return { kind: "known" };
  if (status === true) return { kind: "accepted" };
  if (status === false) return { kind: "refused", reason: "The API refused it." };
  const number = Number(/^(?:HTTP\/\d(?:\.\d)? )?([2-5]\d\d)(?: |$)/.exec(String(status))?.[1]);
  if (alreadyStored.includes(number)) return { kind: "known" };
  if (number >= 200 && number < 300 && number !== 202) return { kind: "accepted" };
  if (isTransient(number)) return { kind: "again", status: String(number) };
  if (number >= 400) return { kind: "refused", reason: `The API answered ${number}.` };
  const shown = firstText([status]) || String(status);
  return { kind: "unclear", reason: `its answer has an entry with the status ${JSON.stringify(shown)}` };
}

/** The position of each item's entry, each once; by order where items do not say it. */
function positionsOf(
  items: readonly unknown[],
  sent: number,
  rules: Rules | undefined,
): number[] | undefined {
  if (items.length !== sent) return undefined;
  const named = items.map((item) => positionOf(item, rules));
  const positions = named.every((position) => position === undefined) ? [...items.keys()] : named;
  const valid = positions.filter((position) => position !== undefined && position < sent);
  return valid.length === sent && new Set(valid).size === sent ? (valid as number[]) : undefined;
}

type Place = NonNullable<AnswerRules["errors"]>;

/** Where an item says which entry it is about. */
function positionOf(item: unknown, rules: Place | undefined): number | undefined {
  const index = at(item, rules?.index ?? "index");
  if (typeof index === "number" && Number.isInteger(index) && index >= 0) return index;
  const pointer = at(item, rules?.pointer ?? "pointer") ?? at(item, "source.pointer");
  return typeof pointer === "string" ? pointedAt(pointer) : undefined;
}

/** The first position in `#/3/hours`, `/entries/3`, `$[3].hours` or `entries[3]`. */
function pointedAt(pointer: string): number | undefined {
  const position = /(?:^|[/.[])(\d{1,6})(?:[/.\]]|$)/.exec(pointer)?.[1];
  return position === undefined ? undefined : Number(position);
}

function refusalOf(item: unknown, rules: Place | undefined, otherwise: string): EntryRefusal {
  const code = firstText(
    rules?.code === undefined ? [at(item, "code"), at(item, "error.code")] : [at(item, rules.code)],
  );
  const reason = firstText(
    rules?.message === undefined ? messageKeys.map((key) => at(item, key)) : [at(item, rules.message)],
  );
  return { code: code || "refused", reason: reason || otherwise };
}

/**
 * The entries that a list of faults names, each with all that is said of it.
 * @returns undefined where a fault names no entry of this upload
 */
function entryErrors(
  body: unknown,
  sent: number,
  rules: Place | undefined,
  otherwise: string,
): Map<number, EntryRefusal> | undefined {
  const found = new Map<number, EntryRefusal>();
  const items = faults(at(body, rules?.in ?? "errors"));
  if (!items) return undefined;
  for (const item of items) {
    // With a single entry there is no doubt which one is meant, and its pointers may start inside it.
    const position = sent === 1 ? 0 : positionOf(item, rules);
    if (position === undefined || position >= sent) return undefined;
    const refusal = refusalOf(item, rules, otherwise || "The API refused it.");
    const before = found.get(position);
    found.set(
      position,
      before
        ? { code: `${before.code},${refusal.code}`, reason: `${before.reason} ${refusal.reason}` }
        : refusal,
    );
  }
  return found;
}

/** A list of faults, or a map from pointers to messages as some frameworks write it; undefined for `true` or a text. */
function faults(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (value === undefined || value === null || value === false || value === 0 || value === "") return [];
  if (typeof value !== "object") return undefined;
  return Object.entries(value).map(([pointer, messages]) => ({
    pointer,
    message: Array.isArray(messages)
      ? messages.filter((message) => typeof message === "string").join(" ")
      : messages,
  }));
}
