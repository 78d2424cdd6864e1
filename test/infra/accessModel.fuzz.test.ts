/** Whatever a model's files contain, reading them ends in a model or in problems, never in a crash. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { AccessModelError } from "../../infra/accessModel.ts";
import { loadCheckedModel } from "../../infra/policy.ts";
import { brokenModels } from "./brokenModels/all.ts";
import { sound } from "./brokenModels/soundModel.ts";

const root = mkdtempSync(path.join(tmpdir(), "access-model-fuzz-"));
mkdirSync(path.join(root, "infra"));
afterAll(() => rmSync(root, { recursive: true }));

/** Passes where the model is accepted or refused with whole problems; anything else is thrown on. */
function judge(yaml: string, overrides?: unknown): boolean {
  writeFileSync(path.join(root, "infra", "access.yaml"), yaml);
  try {
    loadCheckedModel({ root, env: {}, project: "timesheets", overrides });
    return true;
  } catch (error) {
    if (!(error instanceof AccessModelError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { file, line, column, message, fix } of error.problems) {
      expect(file).not.toBe("");
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(message).not.toBe("");
      expect(fix).not.toBe("");
    }
    return false;
  }
}

const words = [
  ...[
    "apis",
    "applications",
    "exceptions",
    "protectedStacks",
    "timesheets",
    "import-job",
    "name",
    "identifier",
  ],
  ...[
    "scopes",
    "grants",
    "publicKeys",
    "authentication",
    "adopts",
    "grantTypes",
    "signingAlgorithm",
    "rule",
    "on",
  ],
  ...[
    "reason",
    "until",
    "__proto__",
    "constructor",
    "toString",
    "secure",
    "client_secret",
    "<<",
    "",
    "0",
    "*",
  ],
];
const key = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...words) }, fc.string());
const { tree: anything } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    fc.oneof(
      fc.constantFrom(...words),
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie("tree")), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs)),
  ),
}));
const runs = Number(process.env.FUZZ_RUNS ?? 150);

test("any structure is accepted or refused, never a crash", () => {
  fc.assert(
    fc.property(anything, (value) => {
      judge(stringify(value));
    }),
    { numRuns: runs },
  );
});

test("any overrides are accepted or refused, never a crash", () => {
  fc.assert(
    fc.property(anything, (value) => {
      judge(sound, value);
    }),
    { numRuns: runs },
  );
});

test("any text is accepted or refused, never a crash", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii", maxLength: 200 }), (text) => {
      judge(text);
    }),
    { numRuns: runs },
  );
});

test("a good model with any few characters changed is accepted or refused, never a crash", () => {
  const change = fc.record({
    at: fc.nat(sound.length),
    remove: fc.nat(12),
    insert: fc.oneof(
      fc.constantFrom(
        "\t",
        ": ",
        "\n",
        "- ",
        "&a ",
        "*a",
        "!!map ",
        "[",
        "{",
        '"',
        "'",
        "|",
        "---\n",
        "null",
      ),
      fc.string({ maxLength: 6 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      judge(
        changes.reduce(
          (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
          sound,
        ),
      );
    }),
    { numRuns: runs },
  );
});

test("a secret in any place of a model appears in no message", () => {
  const secret = `${"kJ7-x_".repeat(10)}Qz9w`;
  const places = [...sound.matchAll(/(?<=: |\[|^ +)[^\s:[\]]+/gm)].map(({ index }) => index);
  for (const at of [...places, ...Array.from({ length: sound.length / 3 }, (_, index) => index * 3)]) {
    const yaml = `${sound.slice(0, at)}${secret}${sound.slice(at)}`;
    writeFileSync(path.join(root, "infra", "access.yaml"), yaml);
    try {
      loadCheckedModel({ root, env: {} });
    } catch (error) {
      expect(String(error)).not.toContain(secret.slice(0, 12));
      continue;
    }
    throw new Error(`A secret at ${at} was accepted.`);
  }
});

test("every broken model stays broken under any overrides of its stack that leave it alone", () => {
  for (const { yaml, settings } of brokenModels) {
    if (settings === undefined) expect(judge(yaml, {})).toBe(false);
  }
});
