/** The part of the log's query language that people use: fields, phrases, wildcards, ranges, AND, OR, NOT, groups. */
import { validationError } from "./errors.ts";
import { isObject, type Json } from "./json.ts";
import type { LogEntry } from "./store/logs.ts";

export type LogFilter = (entry: LogEntry) => boolean;

const token = /\s*(\(|\)|\[[^\]]*\]|\{[^}]*\}|"(?:[^"\\]|\\.)*"|[\w.$]+:(?=\S)|[^\s()]+)/y;
/** Searched when a term names no field. */
const defaultFields = ["description", "client_name", "client_id", "user_name", "type"];
const longestQuery = 2000;

/** @throws Refusal 400 when the query is not understood. */
export function parseLogQuery(query: string): LogFilter {
  if (query.length > longestQuery) throw invalid();
  const tokens = tokenize(query);
  let position = 0;
  const peek = () => tokens[position];
  const take = () => tokens[position++];

  function parseAny(field: string | undefined): LogFilter {
    let left = parseAll(field);
    while (peek() === "OR" || peek() === "||") {
      take();
      const [first, second] = [left, parseAll(field)];
      left = (entry) => first(entry) || second(entry);
    }
    return left;
  }

  function parseAll(field: string | undefined): LogFilter {
    let left = parseOne(field);
    for (
      let next = peek();
      next !== undefined && next !== ")" && next !== "OR" && next !== "||";
      next = peek()
    ) {
      if (next === "AND" || next === "&&") take();
      const [first, second] = [left, parseOne(field)];
      left = (entry) => first(entry) && second(entry);
    }
    return left;
  }

  function parseOne(field: string | undefined): LogFilter {
    const next = take();
    if (next === undefined || next === ")" || next === "AND" || next === "OR") throw invalid();
    if (next === "NOT" || next === "!") {
      const inner = parseOne(field);
      return (entry) => !inner(entry);
    }
    if (next === "(") {
      const inner = parseAny(field);
      if (take() !== ")") throw invalid();
      return inner;
    }
    if (next.endsWith(":") && !next.startsWith('"')) return parseOne(next.slice(0, -1));
    if (next.startsWith("-") && next.length > 1) {
      const inner = matches(field, next.slice(1));
      return (entry) => !inner(entry);
    }
    return matches(field, next);
  }

  if (tokens.length === 0) return () => true;
  const filter = parseAny(undefined);
  if (position < tokens.length) throw invalid();
  return filter;
}

const invalid = () => validationError("Query", "'Invalid search query' on property q");

function tokenize(query: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < query.trimEnd().length) {
    const found = token.exec(query)?.[1];
    if (found === undefined) throw invalid();
    tokens.push(found);
  }
  return tokens;
}

function matches(field: string | undefined, term: string): LogFilter {
  const test = /^[[{].*[\]}]$/.test(term) ? rangeTest(term) : textTest(term);
  const fields = field === undefined ? defaultFields : [field];
  return (entry) => fields.some((name) => valuesAt(entry, name.split(".")).some(test));
}

function valuesAt(value: Json | undefined, path: readonly string[]): string[] {
  const [key, ...rest] = path;
  if (key === undefined) return value === undefined || isObject(value) ? [] : [String(value)];
  return isObject(value) ? valuesAt(value[key], rest) : [];
}

function textTest(term: string): (value: string) => boolean {
  const quoted = term.startsWith('"');
  const text = (quoted ? term.slice(1, -1).replaceAll(/\\(.)/g, "$1") : term).toLowerCase();
  if (quoted || !/[*?]/.test(text))
    return (value) => value.toLowerCase() === text || words(value).includes(text);
  const pattern = text
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/\*+/g, ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${pattern}$`, "s");
  return (value) => expression.test(value.toLowerCase());
}

const words = (value: string): string[] => value.toLowerCase().split(/\s+/);

/** `[a TO b]` holds its ends, `{a TO b}` does not; `*` is no end at all. */
function rangeTest(term: string): (value: string) => boolean {
  const [from = "*", to = "*"] = term
    .slice(1, -1)
    .trim()
    .split(/\s+TO\s+/);
  const inclusiveFrom = term.startsWith("[");
  const inclusiveTo = term.endsWith("]");
  return (value) =>
    (from === "*" || value > from || (inclusiveFrom && value === from)) &&
    // A bare date as the upper end means the whole day.
    (to === "*" || value < to || (inclusiveTo && value.startsWith(to)));
}
