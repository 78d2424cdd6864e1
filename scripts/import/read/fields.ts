/** Reads and checks the fields of a row as the job describes them, and makes the entry that is sent. */
import { usageError } from "../../../lib/errors.ts";
import { findUnseen, parseDate, parseDay, parseDecimal, parseText, roundTo } from "../../../lib/values.ts";
import type { FieldRule, Job } from "../job/schema.ts";
import { dateReader } from "./dateFormat.ts";
import { addPlain, addText, type KeyDigest, type OpenDigest, sealDigest, startDigest } from "./keyDigest.ts";
import { patternTester } from "./pattern.ts";
import type { EntryJson } from "./plainLines.ts";
import type { Row } from "./row.ts";

/** Where one field of an entry comes from. */
export interface Source {
  readonly field: string;
  /** Column of CSV, or key of a JSON object. */
  readonly column: string;
  /** Keys from the row's object to the value; undefined where `column` is the key. */
  readonly path: readonly string[] | undefined;
  /** False where an input need not have it. */
  readonly required: boolean;
}

export type ParsedRow = ValidRow | InvalidRow;

/** With the digest of the natural key's values, if it was asked for; of all values where the job has no key. */
export interface ValidRow extends KeyDigest {
  readonly ok: true;
  readonly entry: EntryJson;
}

export interface InvalidRow {
  readonly ok: false;
  readonly problems: readonly FieldProblem[];
}

export type Value = string | number | boolean;

/** What is sent for a row: a field that has no value and needs none is undefined, and left out of the JSON. */
type Entry = Readonly<Record<string, Value | undefined>>;

/** What is wrong with one field. */
export interface FieldProblem {
  /** `missing` or `invalid_` and the field. */
  readonly code: string;
  /** One sentence without the value: rejects carry the row itself. */
  readonly detail: string;
}

export interface FieldOptions {
  /** `field=Column`, any number of them; over the job's own columns. */
  readonly map: readonly string[];
  /** Over the job's own. */
  readonly decimal: "point" | "comma" | undefined;
  /** Over the job's own. */
  readonly dateFormat: string | undefined;
}

/** The value in its one form, or undefined where it breaks the rule. */
type ValueReader = (value: unknown) => Value | undefined;

interface CompiledField {
  readonly name: string;
  readonly rule: FieldRule;
  readonly read: ValueReader;
  /** What a value must be, completing the field's name. */
  readonly must: string;
  readonly isKey: boolean;
  /** Longest plain text that is taken as it is; -1 where more than its length is to be checked. */
  readonly plainUpTo: number;
  /** Position among the sources; -1 for a constant and a computed field. */
  readonly source: number;
}

/** A field, made ready to be read from a cell of printable ASCII without a quote or a backslash. */
export interface PlainField {
  /** `,"name":` */
  readonly label: Uint8Array;
  /** `other` goes by `read` alone; the rest go by it where a value is not sent as it is written. */
  readonly kind: "text" | "day" | "number" | "constant" | "other";
  /** From 0; -1 where the input has none. */
  readonly column: number;
  readonly required: boolean;
  readonly isKey: boolean;
  /** Characters of a text. */
  readonly longest: number;
  /** The value's JSON; empty where it is no constant. */
  readonly constant: Uint8Array;
  readonly constantText: string;
  readonly read: ValueReader;
  /** True for a number that breaks no rule and is sent as it is. */
  readonly isValid: (number: number) => boolean;
}

/** The fields of a job, made ready to read rows with. */
export class Fields {
  readonly sources: readonly Source[];
  /** Fields of the natural key. */
  readonly key: readonly string[];
  /** Number fields that are no part of the key; undefined where some other field is no part of it either. */
  readonly summable: readonly string[] | undefined;
  readonly #fields: readonly CompiledField[];
  /** Every field in its place, so that all entries have one shape, which the engine knows. */
  readonly #empty: Entry;

  constructor(job: Pick<Job, "fields" | "key">, options: FieldOptions) {
    const names = Object.keys(job.fields);
    const columns = parseMap(options.map, names);
    const isSource = (rule: FieldRule) => rule.constant === undefined && rule.computed === undefined;
    this.key = job.key;
    this.sources = Object.entries(job.fields)
      .filter(([, rule]) => isSource(rule))
      .map(([field, rule]) => {
        const mapped = columns.get(field);
        return {
          field,
          column: mapped ?? rule.column ?? rule.path ?? field,
          path: mapped === undefined && rule.path !== undefined ? rule.path.split(".") : undefined,
          required: rule.required,
        };
      });
    this.#fields = names.map((name) => {
      const isKey = job.key.length === 0 || job.key.includes(name);
      const given = job.fields[name] ?? rejectUnknown(name);
      const rule: FieldRule = {
        ...given,
        decimal: options.decimal ?? given.decimal,
        format: options.dateFormat ?? given.format,
      };
      return {
        name,
        rule,
        ...readerOf(rule, options.dateFormat === undefined ? `fields.${name}.format` : "--date-format"),
        isKey,
        plainUpTo:
          isKey && rule.type === "text" && rule.pattern === undefined && rule.oneOf === undefined
            ? (rule.longest ?? longestDefault)
            : -1,
        source: this.sources.findIndex(({ field }) => field === name),
      };
    });
    this.#empty = Object.fromEntries(names.map((name) => [name, undefined]));
    const others = this.#fields.filter(({ isKey, source }) => !isKey && source >= 0);
    this.summable =
      others.length > 0 && others.every(({ rule }) => rule.type === "number")
        ? others.map(({ name }) => name)
        : undefined;
  }

  /**
   * @param values In the order of the sources.
   * @param digest To compute the digest of the key with, which the row is given; without it the row has none.
   */
  parse(values: readonly unknown[], digest?: OpenDigest): ParsedRow {
    const entry: Record<string, Value | undefined> = { ...this.#empty };
    let problems: FieldProblem[] | undefined;
    let incomplete: CompiledField | undefined;
    if (digest) startDigest(digest);
    for (const field of this.#fields) {
      const given = field.source < 0 ? this.#made(field, values) : values[field.source];
      // Most keys need no change: they are checked and digested in one walk.
      if (digest && typeof given === "string" && given.length <= field.plainUpTo && addPlain(digest, given)) {
        entry[field.name] = given;
        continue;
      }
      const value = field.read(given);
      if (value !== undefined) entry[field.name] = value;
      // What it is made from says by itself what is wrong.
      else if (field.rule.computed !== undefined && given === undefined && field.rule.required)
        incomplete = field;
      else if (field.rule.required || !isMissing(given)) {
        problems ??= [];
        problems.push(describe(field, given));
      }
      if (digest && field.isKey) addText(digest, typeof value === "string" ? value : String(value));
    }
    if (incomplete) problems ??= [describe(incomplete, undefined)];
    if (problems) return { ok: false, problems };
    if (digest) sealDigest(digest);
    return { ok: true, entry: JSON.stringify(entry), high: digest?.high ?? 0, low: digest?.low ?? 0 };
  }

  /** What becomes of a row; undefined for one with a fault. @param digest As for `parse`. */
  parseRow(row: Row, digest?: OpenDigest): ParsedRow | undefined {
    return row.fault ? undefined : (row.parsed ?? this.parse(row.values, digest));
  }

  /**
   * The fields in the order of the JSON; undefined where one is made from others.
   * @param columns Of each source.
   */
  plain(columns: readonly number[]): readonly PlainField[] | undefined {
    if (this.#fields.some(({ rule }) => rule.computed !== undefined)) return undefined;
    return Object.keys(this.#empty).flatMap((key) => {
      const field = this.#fields.find(({ name }) => name === key);
      return field ? [plainField(field, columns[field.source] ?? -1)] : [];
    });
  }

  /** The values of some number fields of a row that was found valid. */
  numbers(values: readonly unknown[], names: readonly string[]): number[] {
    return names.map((name) => {
      const field = this.#fields.find((other) => other.name === name);
      return Number(field?.read(values[field.source]) ?? 0);
    });
  }

  /** The row's values with some number fields replaced. */
  withNumbers(
    values: readonly unknown[],
    names: readonly string[],
    numbers: readonly number[],
  ): readonly unknown[] {
    const replaced = [...values];
    for (const [index, name] of names.entries()) {
      const at = this.sources.findIndex(({ field }) => field === name);
      const places = this.#fields.find((field) => field.name === name)?.rule.decimals ?? 6;
      replaced[at] = roundTo(numbers[index] ?? 0, places) ?? numbers[index];
    }
    return replaced;
  }

  #made({ rule }: CompiledField, values: readonly unknown[]): unknown {
    if (rule.computed === undefined) return rule.constant;
    let complete = true;
    const text = rule.computed.replace(/\{([^{}]+)\}/g, (_whole, name: string) => {
      const other = this.#fields.find((field) => field.name === name);
      const value = other && (other.source < 0 ? other.rule.constant : values[other.source]);
      const text = other?.read(value);
      if (text === undefined) complete = false;
      return String(text ?? "");
    });
    return complete ? text : undefined;
  }
}

function plainField(field: CompiledField, column: number): PlainField {
  const { name, rule, read, isKey } = field;
  const isConstant = field.source < 0;
  const constant = isConstant ? read(rule.constant) : undefined;
  return {
    label: Buffer.from(`,${JSON.stringify(name)}:`),
    kind: isConstant ? "constant" : plainKind(rule),
    column,
    required: rule.required,
    isKey,
    longest: rule.longest ?? longestDefault,
    constant: Buffer.from(constant === undefined ? "" : JSON.stringify(constant)),
    constantText: String(constant),
    read,
    isValid: (number) => read(number) === number,
  };
}

function plainKind(rule: FieldRule): PlainField["kind"] {
  if (rule.oneOf !== undefined) return "other";
  if (rule.type === "text") return rule.pattern === undefined ? "text" : "other";
  if (rule.type === "date" || rule.type === "day") return rule.format === undefined ? "day" : "other";
  if (rule.type === "number") return rule.decimal === "comma" || rule.as === "text" ? "other" : "number";
  return "other";
}

function rejectUnknown(name: string): never {
  throw new TypeError(`There is no field ${name}.`);
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}

function describe({ name, rule, must }: CompiledField, value: unknown): FieldProblem {
  if (isMissing(value)) return { code: "missing", detail: `${name} is missing.` };
  const unseen = rule.type === "text" && typeof value === "string" ? findUnseen(value) : undefined;
  return {
    code: `invalid_${name}`,
    detail:
      unseen === undefined
        ? `${name} ${must}.`
        : `${name} holds the character ${unseen}, which cannot be seen or looks like a plain space.`,
  };
}

/** Longest text, characters, where the job does not say. */
const longestDefault = 200;

function readerOf(rule: FieldRule, setting: string): { read: ValueReader; must: string } {
  const reader = {
    text: textReader,
    number: numberReader,
    date: dayReader,
    day: dayReader,
    boolean: booleanReader,
  };
  const { read, must } = reader[rule.type](rule, setting);
  if (rule.oneOf === undefined) return { read, must };
  const allowed = new Set(rule.oneOf.map((value) => read(value)));
  return {
    read: (value) => {
      const found = read(value);
      return found !== undefined && allowed.has(found) ? found : undefined;
    },
    must: `must be one of ${rule.oneOf.map((value) => JSON.stringify(value)).join(", ")}`,
  };
}

function textReader(rule: FieldRule): { read: ValueReader; must: string } {
  const longest = rule.longest ?? longestDefault;
  const matches = rule.pattern === undefined ? undefined : patternTester(rule.pattern, longest);
  const read: ValueReader = (value) => {
    // A JSON export has numbers for ids; one that a double cannot hold is not what the file says.
    const text = parseText(Number.isSafeInteger(value) ? String(value) : value, longest);
    return text === undefined || (matches && !matches(text)) ? undefined : text;
  };
  const matching = rule.pattern === undefined ? "" : `, matching ${rule.pattern}`;
  return {
    read,
    must: `must be text of 1 to ${longest} characters, valid UTF-8, without control characters or characters that cannot be seen${matching}`,
  };
}

const words = ["no", "one", "two", "three", "four"];

function numberReader(rule: FieldRule): { read: ValueReader; must: string } {
  const { decimals, over, least, most } = rule;
  const sign = rule.decimal ?? "point";
  const read: ValueReader = (value) => {
    const number = parseDecimal(value, sign);
    if (number === undefined) return undefined;
    const rounded = decimals === undefined ? number : roundTo(number, decimals);
    // Sums of decimals in JSON are off by a little; what is written as text is exact.
    if (rounded === undefined || (rounded !== number && typeof value === "string")) return undefined;
    if (over !== undefined && !(rounded > over)) return undefined;
    if (least !== undefined && rounded < least) return undefined;
    if (most !== undefined && rounded > most) return undefined;
    return rule.as === "text" ? String(rounded) : rounded;
  };
  const limits = [
    over === undefined ? [] : [`over ${over}`],
    least === undefined ? [] : [`at least ${least}`],
    most === undefined ? [] : [`at most ${most}`],
  ].flat();
  const places =
    decimals === undefined
      ? []
      : [`at most ${words[decimals] ?? decimals} ${decimals === 1 ? "decimal" : "decimals"}`];
  const form = [...places, `a decimal ${sign}`].join(" and ");
  return {
    read,
    must: `must be a number ${limits.join(" and ")}, with ${form}`.replace(" , ", ", "),
  };
}

function dayReader(rule: FieldRule, setting: string): { read: ValueReader; must: string } {
  if (rule.format !== undefined) {
    const reader = dateReader(rule.format, setting);
    return {
      read: reader,
      must: `must be a date written as ${rule.format}`,
    };
  }
  const parse = rule.type === "day" ? parseDay : parseDate;
  return {
    read: parse,
    must:
      rule.type === "day"
        ? "must be a day such as 2026-03-31"
        : "must be a day such as 2026-03-31, or an instant with its offset such as 2026-03-31T08:00:00Z",
  };
}

function booleanReader(): { read: ValueReader; must: string } {
  return {
    read: (value) => {
      const text = typeof value === "boolean" ? String(value) : typeof value === "string" ? value.trim() : "";
      return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === "true" : undefined;
    },
    must: "must be true or false",
  };
}

function parseMap(pairs: readonly string[], names: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  const problems: string[] = [];
  for (const pair of pairs) {
    const [field = "", ...rest] = pair.split("=");
    const column = rest.join("=");
    if (!names.includes(field) || column === "") problems.push(pair);
    else map.set(field, column);
  }
  if (problems.length > 0) {
    throw usageError(
      `--map ${problems.join(", --map ")} is not field=Column.`,
      `The fields are ${names.join(", ")}.`,
    );
  }
  return map;
}
