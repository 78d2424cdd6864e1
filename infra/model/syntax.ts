/** Describes what is wrong with text that is not YAML in our words: the parser's own quote the text, maybe a secret. */
import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from "yaml";
import type { Position, Problem } from "./problem.ts";

type Fault = Pick<Problem, "message" | "fix">;

/** The first fault alone: what a parser says after it has lost its way helps nobody. */
export function syntaxProblem(
  document: Document.Parsed,
  place: (offset: number) => Position,
): Problem | undefined {
  const [first] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  if (first === undefined) return undefined;
  // Where the parser's stack ends is chance.
  if (first.code === "RESOURCE_EXHAUSTION") return { ...place(0), path: "", ...tooDeep };
  const open =
    first.code === "MISSING_CHAR" || first.code === "BAD_INDENT" ? unclosed(document, first) : undefined;
  if (open === undefined) return { ...place(first.pos[0]), path: "", ...(faults[first.code] ?? noYaml) };
  return {
    ...place(open.range?.[0] ?? first.pos[0]),
    path: "",
    message: isScalar(open) ? "this quotation mark is never closed" : "this bracket is never closed",
    fix: isScalar(open) ? "Close it at the end of the text." : "Close it behind the last entry.",
  };
}

/** The innermost bracket or quotation mark that is open where the parser gave up. */
function unclosed(document: Document.Parsed, { pos: [end] }: YAMLError): Node | undefined {
  let innermost: Node | undefined;
  visit(document, {
    Node(_, node) {
      const [from, to] = node.range ?? [0, 0];
      const opens = isCollection(node) ? node.flow : isScalar(node) && /^QUOTE/.test(node.type ?? "");
      if (opens && from < end && to >= end - 1) innermost = node;
    },
  });
  return innermost;
}

const noYaml: Fault = {
  message: "this is not valid YAML",
  fix: "Compare indentation and punctuation with the lines around.",
};
const indentation = "Indent with spaces, two a level.";
const tooDeep: Fault = {
  message: "this is nested too deeply",
  fix: "Nothing in a model needs more than four levels.",
};

const faults: Partial<Record<string, Fault>> = {
  TAB_AS_INDENT: { message: "a tab is used for indentation", fix: indentation },
  BAD_INDENT: { message: "the indentation does not fit the lines above", fix: indentation },
  MISSING_CHAR: { message: "a colon, comma, quotation mark or bracket is missing", fix: noYaml.fix },
  MULTILINE_IMPLICIT_KEY: {
    message: "a key without a colon, or text that runs on into the next line",
    fix: "Write `key: value` on one line.",
  },
  UNEXPECTED_TOKEN: {
    message: "this does not belong here",
    fix: "Look just before it for a missing line break, or for a list and a map in one place.",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a key and its value stand inside another value",
    fix: "Give them a line of their own; text with `: ` inside needs quotation marks.",
  },
  BAD_SCALAR_START: {
    message: "text cannot start with this character",
    fix: "Put the text in quotation marks.",
  },
  BAD_ALIAS: { message: "an alias without a name", fix: "Put text that starts with `*` in quotation marks." },
  BAD_DQ_ESCAPE: {
    message: "an escape sequence that YAML does not know",
    fix: "Write two backslashes, or use single quotation marks.",
  },
  BAD_DIRECTIVE: { message: "directives are not read here", fix: "Remove the line that starts with `%`." },
  TAG_RESOLVE_FAILED: { message: "tags are not read here", fix: "Remove the word that starts with `!`." },
};
