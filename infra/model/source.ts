/** Reads YAML into a tree that knows the line and column of every key and value. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  parseAllDocuments,
} from "yaml";
import type { Path, Position, Problem } from "./problem.ts";
import { showPath } from "./problem.ts";
import { looksSecret, secretKey, secretProblem } from "./secrets.ts";
import { syntaxProblem } from "./syntax.ts";
import type { Entry, Tree } from "./tree.ts";

export interface Source {
  /** Absent where the text is not usable at all. */
  tree?: Tree;
  problems: Problem[];
}

/** A model of thousands of entries is a tenth of this. */
const largestFile = 4 * 1024 * 1024;
const deepestNesting = 32;
// These reach an object's prototype instead of its own properties.
const forbiddenKeys = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Reads the tree at `under` (keys from the root; the root itself by default).
 * What stands beside it is not looked at, so a stack file's other settings are none of our business.
 */
export function readYaml(text: string, file: string, under: readonly string[] = []): Source {
  const start: Position = { file, line: 1, column: 1 };
  if (Buffer.byteLength(text) > largestFile) {
    return {
      problems: [
        {
          ...start,
          path: "",
          message: "the file is larger than 4 MB",
          fix: "Split the model over several stacks.",
        },
      ],
    };
  }
  const lines = new LineCounter();
  let documents: Document.Parsed[];
  try {
    const parsed = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      version: "1.2",
      // Reported below, with the place of the first one.
      uniqueKeys: false,
      merge: false,
    });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    // The parser recurses, so text that is nothing but opening brackets ends its stack.
    if (!(error instanceof RangeError)) throw error;
    return { problems: [tooDeep(start, [])] };
  }
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [document, second] = documents;
  if (document === undefined) return { problems: [emptyFile(start)] };
  const fault = syntaxProblem(document, place);
  const problems: Problem[] = fault === undefined ? [] : [fault];
  if (second !== undefined) {
    problems.push({
      ...place(second.range[0]),
      path: "",
      message: "a second YAML document starts here",
      fix: "Keep one document: remove the line `---`.",
    });
  }
  if (problems.length > 0) return { problems };
  const node = under.length === 0 ? document.contents : document.getIn(under, true);
  if (node === null || node === undefined) return { problems: under.length === 0 ? [emptyFile(start)] : [] };
  const reader = new TreeReader(place, problems);
  return { tree: reader.read(node as ParsedNode, []), problems };
}

class TreeReader {
  readonly #place: (offset: number) => Position;
  readonly #problems: Problem[];

  constructor(place: (offset: number) => Position, problems: Problem[]) {
    this.#place = place;
    this.#problems = problems;
  }

  read(node: Node | null, path: Path): Tree {
    const at = this.#place(node?.range?.[0] ?? 0);
    if (node === null) return { ...at, kind: "scalar", value: null };
    if (path.length > deepestNesting) {
      this.#problems.push(tooDeep(at, path));
      return { ...at, kind: "scalar", value: null };
    }
    if (isAlias(node) || ("anchor" in node && node.anchor !== undefined)) {
      this.#report(at, path, "anchors and aliases are not read here", "Write the value out in both places.");
      if (isAlias(node)) return { ...at, kind: "scalar", value: null };
    }
    if (node.tag !== undefined && !node.tag.startsWith("tag:yaml.org,2002:")) {
      this.#report(at, path, "tags are not read here", "Remove the word that starts with `!`.");
    }
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.read(item as Node | null, [...path, index]));
      return { ...at, kind: "list", items };
    }
    if (isMap(node))
      return { ...at, kind: "map", entries: this.#entries(node.items as Pair<Node, Node | null>[], path) };
    // Other parsers, the engine's among them, take such a number for octal.
    if (isScalar(node) && typeof node.value === "number" && /^[-+]?0\d/.test(node.source ?? "")) {
      const plain = (node.source ?? "").replace(/^([-+]?)0+(?=\d)/, "$1");
      const message = `the number ${node.source} starts with a zero, so some parsers read another one`;
      this.#report(at, path, message, `Write ${plain}, or put it in quotation marks where it is text.`);
    }
    return this.#scalar(isScalar(node) ? node.value : null, at, path);
  }

  #entries(pairs: Pair<Node, Node | null>[], path: Path): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    for (const { key: keyNode, value } of pairs) {
      const at = this.#place(keyNode.range?.[0] ?? 0);
      if (!isScalar(keyNode) || typeof keyNode.value !== "string" || keyNode.anchor !== undefined) {
        this.#report(at, path, "a key must be text", "Put the key in quotation marks.");
        continue;
      }
      const key = keyNode.value;
      const inside = [...path, key];
      const secret = secretKey(key, path);
      const first = entries.get(key);
      if (secret !== undefined) {
        this.#problems.push(secretProblem(secret, at, path, key));
      } else if (key === "<<") {
        this.#report(at, path, "merge keys are not read here", "Write the entries out.");
      } else if (forbiddenKeys.has(key)) {
        this.#report(at, path, `the key ${JSON.stringify(key)} is not allowed`, "Choose another key.");
      } else if (first !== undefined) {
        this.#report(at, inside, `this key stands on line ${first.line} already`, "Remove one of the two.");
      } else {
        const entry = { ...at, value: this.read(value, inside) };
        // A missing value has no place of its own; it is missing behind its key.
        if (value === null || isEmpty(value)) Object.assign(entry.value, at);
        entries.set(key, entry);
      }
    }
    return entries;
  }

  #scalar(value: unknown, at: Position, path: Path): Tree {
    if (typeof value === "string") {
      const secret = looksSecret(value);
      if (secret === undefined) return { ...at, kind: "scalar", value };
      this.#problems.push(secretProblem(secret, at, path));
      return { ...at, kind: "scalar", value: null };
    }
    if (typeof value === "number" || typeof value === "boolean" || value === null)
      return { ...at, kind: "scalar", value };
    this.#report(at, path, "this kind of value is not read here", "Put it in quotation marks.");
    return { ...at, kind: "scalar", value: null };
  }

  #report(at: Position, path: Path, message: string, fix: string): void {
    this.#problems.push({ ...at, path: showPath(path), message, fix });
  }
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.source === "";
}

function emptyFile(start: Position): Problem {
  return {
    ...start,
    path: "",
    message: "the file is empty",
    fix: "Start it with `apis:` and `applications:`.",
  };
}

function tooDeep(at: Position, path: Path): Problem {
  return {
    ...at,
    path: showPath(path.slice(0, 4)),
    message: "this is nested too deeply",
    fix: "Nothing in a model needs more than four levels.",
  };
}
