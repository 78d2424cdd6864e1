/** The import's parts that decide by themselves: row ranges, readers, the gate, retries, the lines of progress. */
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { retryAfter } from "../../../lib/retryAfter.ts";
import { RowRanges } from "../../../scripts/import/keep/rowRanges.ts";
import { describeProgress, Rate } from "../../../scripts/import/progress.ts";
import { defuse, rearm } from "../../../scripts/import/read/formulaCells.ts";
import { readJsonArray, readJsonLines } from "../../../scripts/import/read/jsonReader.ts";
import type { Row } from "../../../scripts/import/read/row.ts";
import { Gate } from "../../../scripts/import/send/gate.ts";
import { RetryPolicy } from "../../../scripts/import/send/retryPolicy.ts";
import { assertSameTenant } from "../../../scripts/import/stack.ts";
import { progressOn } from "../../../scripts/terminal/progress.ts";

test("row ranges know what was added, whatever its order", () => {
  const range = fc.tuple(fc.nat(60), fc.nat(12)).map(([first, length]) => [first, first + length] as const);
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
      const rows = new RowRanges();
      const naive = new Set<number>();
      for (const [first, end] of ranges) {
        rows.add(first, end);
        for (let row = first; row < end; row++) naive.add(row);
      }
      for (let row = 0; row < 80; row++) expect(rows.has(row)).toBe(naive.has(row));
      let prefix = 0;
      while (naive.has(prefix)) prefix++;
      expect(rows.prefix).toBe(prefix);
      expect(new RowRanges(rows.toJSON()).toJSON()).toEqual(rows.toJSON());
    }),
  );
});

test("a cell that was defused for spreadsheets comes back as it was", () => {
  const text = fc.string({
    unit: fc.constantFrom("'", "=", "+", "-", "@", "\t", "1", ".", "a"),
    maxLength: 6,
  });
  fc.assert(
    fc.property(text, (cell) => {
      expect(rearm(defuse(cell))).toBe(cell);
      expect(defuse(cell)).not.toMatch(/^[=@\t]|^[+-](?![\d.]+$)/);
    }),
  );
});

const sources = ["user_id", "hours"].map((field) => ({
  field,
  column: field,
  path: undefined,
  required: true,
}));

async function* inPieces(text: string, sizes: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function all(rows: AsyncGenerator<Row[]>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const portion of rows)
    for (const { values } of portion) found.push({ user_id: values[0], hours: values[1] });
  return found;
}

test("JSON is read alike however its bytes are cut", async () => {
  const object = fc.record({
    user_id: fc.string({ unit: "grapheme" }),
    hours: fc.jsonValue({ maxDepth: 2 }),
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { maxLength: 6 }),
      sizes,
      fc.nat(2),
      async (objects, pieces, indent) => {
        const plain = JSON.parse(JSON.stringify(objects)) as unknown[];
        const array = JSON.stringify(objects, null, indent);
        expect(await all(readJsonArray(inPieces(array, pieces), "a.json", sources))).toEqual(plain);
        const lines = objects.map((value) => JSON.stringify(value)).join("\n");
        expect(await all(readJsonLines(inPieces(lines, pieces), sources))).toEqual(plain);
      },
    ),
    { numRuns: 60 },
  );
});

describe("the gate", () => {
  test("doubles until the first push back, halves once for requests that were under way together, then adds one", async () => {
    const gate = new Gate({ most: 16, start: 2 });
    const serve = async (times: number) => {
      for (let turn = 0; turn < times; turn++) gate.leave("served", await gate.enter());
    };
    await serve(2 + 4);
    expect(gate.limit).toBe(8);
    const together = await Promise.all([gate.enter(), gate.enter(), gate.enter()]);
    for (const ticket of together) gate.leave("pushed_back", ticket);
    expect(gate.limit).toBe(4);
    await serve(4);
    expect(gate.limit).toBe(5);
  });

  test("lets nobody in while it is closed, nor more than its limit", async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const gate = new Gate({ most: 1 });
    gate.close(50);
    let first = false;
    const entering = gate.enter().finally(() => {
      first = true;
    });
    await vi.advanceTimersByTimeAsync(49);
    expect(first).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    const ticket = await entering;
    vi.useRealTimers();
    let second = false;
    const waiting = gate.enter().then(() => {
      second = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(second).toBe(false);
    gate.leave("neutral", ticket);
    await waiting;
    expect(gate.inFlight).toBe(1);
  });
});

describe("retries", () => {
  const api = { url: "https://timesheets.example.com", source: "--api-url" };
  const policy = (giveUpAfter = 60_000, now = () => 0) =>
    new RetryPolicy({ giveUpAfter, api, now, random: () => 0.5 });

  test("wait 200 ms at most first, twice as long each time, up to a limit, with full jitter", () => {
    const retries = policy();
    const waits = [1, 2, 3, 20].map((failures) => retries.delay(failures, "500", undefined));
    expect(waits).toEqual([100, 200, 400, 10_000]);
  });

  test("wait as long as the API asks, and a little more", () => {
    expect(policy().delay(1, "429", 5000)).toBeGreaterThan(5000);
    expect(() => policy(1000).delay(1, "429", 5000)).toThrow(/asks to wait 5 s/);
  });

  test("end when there was no success for too long, or when more fail than succeed", () => {
    let time = 0;
    const patient = policy(1000, () => time);
    time = 900;
    patient.delay(1, "500", undefined);
    time = 1100;
    expect(() => patient.delay(2, "500", undefined)).toThrow(/has not taken a batch/);
    const spent = policy();
    expect(() => {
      for (let turn = 0; turn < 1000; turn++) spent.delay(1, "500", undefined);
    }).toThrow(/more than half/);
  });
});

test("outputs of a local tenant that has another port by now are refused at once", () => {
  const check = (port: number) => () =>
    assertSameTenant("https://localhost:8443/oauth/token", `https://localhost:${port}`);
  expect(check(8443)).not.toThrow();
  expect(check(9443)).toThrow("name the tenant localhost:8443; it runs at localhost:9443");
});

test("Retry-After is read in seconds and as a date", () => {
  const now = Date.UTC(2026, 0, 1);
  expect(retryAfter("7", now)).toBe(7000);
  expect(retryAfter(new Date(now + 3000).toUTCString(), now)).toBe(3000);
  for (const meaningless of [new Date(now - 3000).toUTCString(), "0", "-1", "1.5", "soon", "", undefined]) {
    expect(retryAfter(meaningless, now)).toBeUndefined();
  }
});

test("progress shows rows, speed, time left, and what went wrong", () => {
  let time = 0;
  const rate = new Rate(() => time);
  const state = { rows: 0, rejected: 14, retries: 2, inFlight: 8, share: 0 };
  describeProgress(state, rate);
  time = 2000;
  expect(describeProgress({ ...state, rows: 40_000, share: 0.25 }, rate)).toBe(
    "40,000 rows  14 rejects  2 retries  20,000/s  0:06 left  8 in flight",
  );
  expect(describeProgress({ ...state, rows: 40_000, share: undefined }, rate)).not.toContain("left");
});

test.each([
  [{ rows: 1, rejected: 1, retries: 1, share: 0.5 }, "1 row  1 reject  1 retry  "],
  [
    { rows: 98_765_432, rejected: 123_456, retries: 12_345, share: 0.99 },
    "98,765,432 rows  123,456 rejects  12,345 retries  ",
  ],
])("80 columns hold rows, rejects and retries of %j, and no 100 %%", (state, counts) => {
  const stream = new PassThrough();
  progressOn(Object.assign(stream, { isTTY: true, columns: 80 }), {}).show(
    describeProgress({ ...state, inFlight: 8 }, new Rate()),
    state.share,
  );
  const line = stripVTControlCharacters(String(stream.read())).replace("\r", "");
  expect(line).toContain(counts);
  expect(line).toMatch(/(?:^|\] )(?:50|99) % {2}/);
  expect(line.length).toBeLessThan(80);
});
