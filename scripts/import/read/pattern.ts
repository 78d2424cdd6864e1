/** Patterns of a job file, bounded: one that could try for ever to match a value is given a second for each. */
import { isNativeError } from "node:util/types";
import { createContext, Script } from "node:vm";
import { usageError } from "../../../lib/errors.ts";

/** Steps that a match may take without a clock; millions of them take some milliseconds. */
const fewSteps = 10_000_000;

/** Milliseconds for one value. */
const patience = 1000;

const watched = new Script("pattern.test(text)");

/**
 * Whether the whole of a text matches.
 * @param longest Characters of a text, at most.
 */
export function patternTester(pattern: string, longest: number): (text: string) => boolean {
  const expression = new RegExp(`^(?:${pattern})$`, "u");
  if (isQuick(pattern, longest)) return (text) => expression.test(text);
  const values = createContext({ pattern: expression, text: "" });
  return (text) => {
    values.text = text;
    try {
      return watched.runInContext(values, { timeout: patience }) === true;
    } catch (error) {
      // An error of that context, which is no instance of this one's Error.
      if (!isNativeError(error) || !("code" in error) || error.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT")
        throw error;
      throw usageError(
        `The pattern ${pattern} takes more than a second for the value ${JSON.stringify(text.slice(0, 60))}.`,
        "Rewrite it in the job file so that no text can be matched in many ways, as (a+)+ can.",
      );
    }
  };
}

/** True where trying all ways to match takes few steps; false where that cannot be seen at a glance. */
function isQuick(pattern: string, longest: number): boolean {
  const skeleton = pattern
    .replace(/\\(?:[pPu]\{[^}]*\}|k<[^>]*>|.)/gs, (part) => (/^\\[k1-9]/.test(part) ? "()+" : "x"))
    .replace(/\[[^\]]*\]/g, "x")
    .replace(/\(\?/g, "(");
  const unbounded = (skeleton.match(/[*+]|\{\d+,\d*\}/g) ?? []).length;
  const optional = (skeleton.match(/(?<![*+}])\?/g) ?? []).length;
  const repeatsGroup = /\)(?:[*+]|\{)/.test(skeleton);
  if (repeatsGroup && (unbounded + optional > 1 || skeleton.includes("|"))) return false;
  return longest ** unbounded * 2 ** optional <= fewSteps;
}
