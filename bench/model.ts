/**
 * Measures reading and validating a model of 200 APIs and 500 applications, beside the YAML parser by itself: as plain as
 * can be, and with keys of every kind.
 * Each round is a process of its own, as every use is; `first` is what its user waits for, `warm` the seventh pass.
 */
import { execFileSync } from "node:child_process";
import { parse } from "../node_modules/yaml/dist/index.js";
import { median, rounded } from "./figures.ts";
import { modelOf } from "./modelFiles.ts";

const rounds = Number(process.env.ROUNDS ?? 9);

/** Milliseconds of one pass. */
interface Pass {
  /** Text to tree, with the place of everything. */
  reading: number;
  /** Tree to model: shape, references, rules. */
  validation: number;
  /** The same text through `yaml`'s own `parse`. */
  parserAlone: number;
}

const [, , mode, everything] = process.argv;
if (mode === "round") {
  process.stdout.write(JSON.stringify(await passes(everything === "everything")));
} else {
  const report = {
    rounds,
    "200 APIs, 500 applications": measure(false),
    "the same with every kind of key": measure(true),
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}

function measure(everything: boolean) {
  const argv = [import.meta.filename, "round", everything ? "everything" : "plain"];
  const results = Array.from(
    { length: rounds },
    () => JSON.parse(execFileSync(process.execPath, argv, { encoding: "utf8" })) as Pass[],
  );
  const figures = (index: number) => {
    const of = (part: (pass: Pass) => number) =>
      rounded(median(results.flatMap((round) => round.at(index) ?? []).map(part)), 2);
    return {
      readingMs: of(({ reading }) => reading),
      validationMs: of(({ validation }) => validation),
      parserAloneMs: of(({ parserAlone }) => parserAlone),
      bothToParserAlone: of(({ reading, validation, parserAlone }) => (reading + validation) / parserAlone),
    };
  };
  return { first: figures(0), warm: figures(-1) };
}

async function passes(everything: boolean): Promise<Pass[]> {
  const { readYaml } = await import("../infra/model/source.ts");
  const { locate } = await import("../infra/model/tree.ts");
  const { validate } = await import("../infra/model/validate.ts");
  const { policyProblems } = await import("../infra/policy.ts");
  const text = modelOf({ apis: 200, applications: 500, everything });
  return Array.from({ length: 7 }, () => {
    const start = performance.now();
    const { tree } = readYaml(text, "access.yaml");
    if (tree === undefined) throw new Error("The model cannot be read.");
    const read = performance.now();
    const { model } = validate(tree, ".", (path) => locate(tree, path), []);
    if (model === undefined) throw new Error("The model is not valid.");
    policyProblems(model, (path) => locate(tree, path), new Date());
    const validated = performance.now();
    parse(text);
    const parsed = performance.now();
    return { reading: read - start, validation: validated - read, parserAlone: parsed - validated };
  });
}
