/** An import to an API that nobody here knows, described by a job file; and what is said about a wrong one. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { main } from "../../../scripts/import/main.ts";
import { type FakeApi, type Handler, startFakeApi } from "./fakeApi.ts";

const docs = new URL("../../../docs/", import.meta.url);
const [, example = ""] = /```yaml\n(.*?)```/s.exec(readFileSync(new URL("import.md", docs), "utf8")) ?? [];

const invoices = `Invoice No;Customer;Date;Amount;Kind;Note
A-1;Müller;31/03/2026;10,50;invoice;x
A-2;Müller;01/04/2026;20;;
A-3;Smith;31/04/2026;5;;
A-4;Smith;02/04/2026;7,125;;
A-5;Smith;02/04/2026;8;order;
a6;Smith;02/04/2026;8;;
A-7;Smith;02/04/2026;8;credit;
A-8;Smith;02/04/2026;9;;
`;

/** Knows A-2 already, and does not take A-8. */
const invoicesApi: Handler = ({ entries }) => ({
  status: 207,
  body: {
    outcomes: entries
      .map(({ number }, position) => {
        if (number === "A-8")
          return { position, outcome: "refused", error: { message: "This number is void." } };
        return { position, outcome: number === "A-2" ? "exists" : "created" };
      })
      .toReversed(),
  },
});

const refusingInWords: Handler = (request, response) => {
  const reply = invoicesApi(request, response) as {
    status: number;
    body: { outcomes: { outcome: unknown }[] };
  };
  for (const item of reply.body.outcomes) if (item.outcome === "refused") item.outcome = 422;
  return reply;
};

test("imports a newcomer's invoices with the job file of the documentation", async () => {
  expect(example.trim().split("\n").length).toBeLessThanOrEqual(25);
  await using api = await startFakeApi(refusingInWords);
  const { code, summary } = await api.run([
    api.file("invoices.csv", invoices),
    "--job",
    api.file("import.yaml", example),
  ]);
  expect({ code, ...summary }).toMatchObject({
    code: 10,
    rows: 8,
    accepted: 2,
    alreadyStored: 1,
    rejected: 5,
  });
  expect(api.uploads.map(({ method, path: at, body }) => ({ method, at, body: JSON.parse(body) }))).toEqual([
    {
      method: "POST",
      at: "/v2/invoices:batch",
      body: {
        invoices: [
          invoice("A-1", "Müller", "2026-03-31", 10.5, "invoice"),
          invoice("A-2", "Müller", "2026-04-01", 20),
          invoice("A-7", "Smith", "2026-04-02", 8, "credit"),
          invoice("A-8", "Smith", "2026-04-02", 9),
        ],
      },
    },
  ]);
  expect(api.rejects("invoices").map((row) => [row["Invoice No"], row._code])).toEqual([
    ["A-3", "invalid_issued"],
    ["A-4", "invalid_total"],
    ["A-5", "invalid_kind"],
    ["a6", "invalid_number"],
    ["A-8", "refused"],
  ]);
  expect(api.rejects("invoices").at(-1)?._reason).toBe("This number is void.");
});

function invoice(number: string, customer: string, issued: string, total: number, kind?: string) {
  return {
    number,
    customer,
    issued,
    total,
    ...(kind && { kind }),
    currency: "EUR",
    reference: `${customer}/${number}`,
  };
}

test("stops at an outcome that the job file does not explain", async () => {
  await using api = await startFakeApi(invoicesApi);
  const { code, summary } = await api.run([
    api.file("invoices.csv", invoices),
    "--job",
    api.file("import.yaml", example),
  ]);
  expect(code).toBe(1);
  expect(summary.error).toMatchObject({
    code: "answer_unclear",
    message: expect.stringContaining('the status "refused"'),
  });
  expect(summary.error.hint).toContain("may be stored");
});

test("names the scope of the job file where the API asks for one", async () => {
  await using api = await startFakeApi(() => ({ status: 403 }));
  const { code, summary } = await api.run([
    api.file("invoices.csv", invoices),
    "--job",
    api.file("import.yaml", example),
  ]);
  expect(code).toBe(3);
  expect(summary.error.hint).toContain("invoices:write");
});

test("resumes with the same job alone", async () => {
  let down = true;
  await using api = await startFakeApi((request, response) =>
    down && request.number > 1 ? { status: 501 } : refusingInWords(request, response),
  );
  const run = (job: string) =>
    api.run([
      api.file("invoices.csv", invoices),
      "--job",
      api.file("import.yaml", job),
      "--batch-size",
      "1",
      "--concurrency",
      "1",
    ]);
  expect((await run(example)).code).toBe(1);
  down = false;
  const other = await run(example.replace("/v2/", "/v3/"));
  expect(other.stderr).toContain("Starting over");
  expect(other.stderr).toContain("may be stored twice");
});

async function check(api: FakeApi, text: string, args: readonly string[] = []) {
  api.file("import.yaml", text);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const signal = new AbortController().signal;
  const code = await main(["check", ...args], {
    env: {},
    cwd: api.folder,
    stdin: new PassThrough(),
    stdout,
    stderr,
    signal,
  });
  return { code, said: String(stdout.read() ?? "") + String(stderr.read() ?? "") };
}

test("check says what a job does, and sends nothing", async () => {
  await using api = await startFakeApi();
  const { code, said } = await check(api, example);
  expect(code).toBe(0);
  expect(said).toContain("POST /v2/invoices:batch with at most 200 entries in the list invoices");
  expect(said).toContain('day from column "Date", written as DD/MM/YYYY');
  expect(said).toContain("the API may store it twice");
  expect(api.uploads).toHaveLength(0);
});

const sound = "endpoint: POST /x\nfields:\n  a: {}\n";

test.each<[string, string, string]>([
  ["nothing", "", "import.yaml:1:1: the file is empty"],
  ["an unknown key", `${sound}scop: x\n`, 'import.yaml:4:1: unknown key "scop". Did you mean "scope"?'],
  [
    "a method that uploads nothing",
    sound.replace("POST", "GET"),
    "import.yaml:1:11: endpoint: must be a method and a path",
  ],
  ["a path to another host", sound.replace("/x", "//example.com/x"), "endpoint: must be a method and a path"],
  ["a path that leaves the API", sound.replace("/x", "/x/../../y"), "endpoint: must be a method and a path"],
  ["a path that leaves it at once", sound.replace("/x", "/../x"), "endpoint: must be a method and a path"],
  ["a path that leaves it in disguise", sound.replace("/x", "/%2E%2e/x"), "endpoint: must be a method"],
  ["comments alone", "# an import\n\n", "the file is empty. Start it with `endpoint:`"],
  ["a key that is named twice", `${sound}key: [a, a]\n`, "import.yaml:4:10: key[1]: a is named twice"],
  [
    "limits that no number keeps",
    sound.replace("{}", "{ type: number, least: 5, most: 1 }"),
    "no number is at most 1 and at least 5",
  ],
  [
    "limits that meet",
    sound.replace("{}", "{ type: number, over: 1, most: 1 }"),
    "no number is at most 1 and over 1",
  ],
  [
    "a choice of another type",
    sound.replace("{}", "{ type: number, oneOf: [1, x] }"),
    "fields.a.oneOf[1]: this is no number",
  ],
  [
    "a header of the import's own",
    `${sound}headers: { Authorization: x }\n`,
    "import.yaml:4:12: headers.Authorization: the key must be the name of a header",
  ],
  ["a misspelt setting", sound.replace("{}", "{ colum: x }"), 'unknown key "colum". Did you mean "column"?'],
  ["a key without a field", `${sound}key: [b]\n`, 'import.yaml:4:7: key[0]: there is no field "b"'],
  [
    "a promise without a key",
    `${sound}exactlyOnce: true\n`,
    "an API that stores an entry once knows it by a key",
  ],
  [
    "two origins of a value",
    sound.replace("{}", "{ column: x, constant: y }"),
    "column says already where the value comes from",
  ],
  ["a number as text", `${sound}  b: { constant: 5 }\n`, "this is no text. Add `type: number`"],
  [
    "a setting of another type",
    sound.replace("{}", "{ most: 5 }"),
    "a text has no such setting. It belongs to number.",
  ],
  ["a computed field of nothing", `${sound}  b: { computed: "{c}" }\n`, 'there is no field "c"'],
  ["a broken pattern", sound.replace("{}", '{ pattern: "(" }'), "this is no regular expression"],
  ["a date format of nobody", sound.replace("{}", "{ type: day, format: QQ }"), "fields.a.format"],
  ["fields that are all made up", sound.replace("{}", "{ constant: x }"), "no field is read from the input"],
  ["YAML that is none", "endpoint: [", "import.yaml:1:11: this bracket is never closed"],
])("check refuses %s with its place and what to do", async (_what, text, said) => {
  await using api = await startFakeApi();
  const outcome = await check(api, text);
  expect(outcome.said).toContain(said);
  expect(outcome.code).toBe(2);
});

test("refuses a job file that is a pipe, which nothing could interrupt", async () => {
  await using api = await startFakeApi();
  const pipe = path.join(api.folder, "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  const { code, summary } = await api.run([api.file("rows.csv", "a\n1\n"), "--job", pipe]);
  expect({ code, message: summary.error.message }).toEqual({
    code: 2,
    message: expect.stringContaining("is not a regular file"),
  });
});

test.each([
  ["(a+)+", `${"a".repeat(60)}!`],
  ["a*a*a*a*a*a*b", "a".repeat(200)],
  ["(?:a|aa){1,200}b", "a".repeat(60)],
])("ends at a value for which the pattern %s would try for ever", async (pattern, value) => {
  await using api = await startFakeApi();
  const job = api.file(
    "import.yaml",
    `endpoint: POST /x\nfields:\n  a: { pattern: ${JSON.stringify(pattern)} }\n`,
  );
  const { code, summary } = await api.run([api.file("rows.csv", `a\n${value}\n`), "--job", job]);
  expect({ code, message: summary.error.message }).toEqual({
    code: 2,
    message: expect.stringContaining(`The pattern ${pattern} takes more than a second`),
  });
  expect(api.uploads).toHaveLength(0);
});

test("checks values by a pattern of repeated groups", async () => {
  await using api = await startFakeApi();
  const job = api.file("import.yaml", 'endpoint: POST /x\nfields:\n  a: { pattern: "[A-Z]+(?:-[0-9]+)*" }\n');
  const { code } = await api.run([api.file("rows.csv", "a\nAB-1-22\nAB--1\nA\n"), "--job", job]);
  expect(code).toBe(10);
  expect(api.uploads.flatMap(({ entries }) => entries)).toEqual([{ a: "AB-1-22" }, { a: "A" }]);
});

test("check names all problems at once", async () => {
  await using api = await startFakeApi();
  const { said } = await check(api, "endpoint: GET /x\nfields: {}\nscop: x\n");
  expect(said.match(/import\.yaml:\d/g)).toHaveLength(3);
  expect(said).toContain("The job file has 3 problems.");
});

test("the JSON Schema in docs is the one that check prints", async () => {
  await using api = await startFakeApi();
  const { said } = await check(api, "", ["--schema"]);
  expect(JSON.parse(said)).toEqual(JSON.parse(readFileSync(new URL("import.schema.json", docs), "utf8")));
});
