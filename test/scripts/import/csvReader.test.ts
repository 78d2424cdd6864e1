/** CSV is read alike with and without the shortcut for lines that hold no quote. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCsv } from "../../../scripts/import/read/csvReader.ts";

const sources = ["user_id", "date", "project", "hours"].map((field) => ({
  field,
  column: field,
  path: undefined,
  required: true,
}));
const options = {
  sources,
  maxCellLines: Number.POSITIVE_INFINITY,

  onSuspicion: () => {},
};
const header = ["hours", "user_id", "note", "date", "project"];

/** What csv-parse alone makes of the rows: their last byte's line, fields, and whether they are too many. */
function expected(bytes: Buffer, delimiter: string): unknown[] | "quote not closed" {
  try {
    const records = parse(bytes, {
      delimiter,
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as { info: { bytes: number }; record: string[] }[];
    // Lines of delimiters alone are passed over, and so are empty cells beyond the header.
    const isBlank = ({ record }: { record: string[] }) =>
      record.length > 1 && record.every((cell) => cell === "");
    const isBroad = (record: string[]) => record.slice(header.length).some((cell) => cell !== "");
    return records
      .slice(1)
      .filter((each) => !isBlank(each))
      .map(({ info, record }) => ({
        line: lineAt(bytes, info.bytes),
        hours: record[0],
        user_id: record[1],
        date: record[3],
        project: record[4],
        original: record,
        fault: isBroad(record) ? "too_many_columns" : undefined,
      }));
  } catch {
    return "quote not closed";
  }
}

/** csv-parse's own count takes a CR LF between quotes for two lines. */
function lineAt(bytes: Buffer, end: number): number {
  const before = bytes.toString("latin1", 0, end).replace(/(?:\r\n|\n|\r)$/, "");
  return before.split(/\r\n|\n|\r/).length;
}

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function text(cell: string, isBinary: boolean): string {
  return isBinary ? Buffer.from(cell, "latin1").toString("utf8") : cell;
}

async function read(bytes: Buffer, sizes: readonly number[], delimiter: string) {
  const found: unknown[] = [];
  const layout = { delimiter, header, lineEnd: "\n" as const, hasSeparatorLine: false };
  try {
    for await (const rows of readCsv(cut(bytes, sizes), "hours.csv", options, layout)) {
      for (const { line, values, original, isBinary, fault } of rows) {
        const [user_id, date, project, hours] = values;
        const cells = typeof original === "string" ? original : original.map((cell) => text(cell, isBinary));
        found.push({ line, user_id, date, project, hours, original: cells, fault: fault?.code });
      }
    }
  } catch (error) {
    expect(error).toMatchObject({ code: "input_malformed" });
    return "quote not closed";
  }
  return found;
}

/** Whole characters, parts of characters, and all that means something in CSV. */
const pieces = [
  "a",
  "7.5",
  " ",
  "é",
  "漢",
  "🎲",
  "\ufeff",
  "\0",
  "'",
  "\t",
  ",",
  ",",
  ";",
  "\n",
  "\r",
  "\r\n",
];
const halves = [[0xc3], [0xe6, 0xbc], [0xa9], [0xff], [0xf0, 0x9f, 0x8e]];
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

function bytesOf(unit: fc.Arbitrary<string | number[]>): fc.Arbitrary<Buffer> {
  return fc
    .array(unit, { maxLength: 60 })
    .map((parts) => Buffer.concat([`${header.join(",")}\n`, ...parts].map((part) => Buffer.from(part))));
}

describe("random bytes are read as csv-parse reads them", () => {
  const plain = fc.constantFrom<(string | number[])[]>(...pieces, ...halves);
  const quoted = fc.oneof({ weight: 12, arbitrary: plain }, { weight: 1, arbitrary: fc.constant('"') });

  test.each([
    ["without quotes", plain],
    ["with quotes", quoted],
  ])("%s", async (_what, unit) => {
    await fc.assert(
      fc.asyncProperty(
        bytesOf(unit),
        sizes,
        fc.constantFrom(",", ";", "\t", "§"),
        async (bytes, cuts, by) => {
          expect(await read(bytes, cuts, by)).toEqual(expected(bytes, by));
        },
      ),
      { numRuns: 400 },
    );
  });
});

test("lines are counted on where a quote comes first after many plain ones", async () => {
  const row = "8,contractor-1,,2026-03-31,atlas\r\n";
  const bytes = Buffer.from(
    `${header.join(",")}\r\n${row.repeat(5000)}8,"contractor, 2",,2026-03-31,atlas\n`,
  );
  const rows = (await read(bytes, [1000], ",")) as { line: number; user_id: string }[];
  expect(rows).toHaveLength(5001);
  expect(rows.at(-1)).toMatchObject({ line: 5002, user_id: "contractor, 2" });
});

test("a line end between quotes counts as one line, whichever it is", async () => {
  const text = `${header.join(",")}\r\n8,a,"one\r\ntwo\r\n",,\r\n8,b,"one\ntwo",,\r\n8,c,"one\rtwo",,\r\n8,d,,,\r\n`;
  const rows = (await read(Buffer.from(text), [7], ",")) as { line: number }[];
  expect(rows.map(({ line }) => line)).toEqual([4, 6, 8, 9]);
});
