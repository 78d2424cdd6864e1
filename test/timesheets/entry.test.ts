/** The rules for an entry. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseEntry } from "../../timesheets/entry.ts";

const valid = ["contractor-1", "2026-03-31", "atlas", 8] as const;

function codes(user: unknown, date: unknown, project: unknown, hours: unknown): string[] {
  const parsed = parseEntry(user, date, project, hours);
  return parsed.ok ? [] : parsed.problems.map(({ code }) => code);
}

test.each([
  [0.01, 0.01],
  [24, 24],
  ["7.5", 7.5],
  [" 8 ", 8],
  [0.1 + 0.2, 0.3],
])("takes %j hours as %j", (hours, expected) => {
  const parsed = parseEntry(valid[0], valid[1], valid[2], hours);
  expect(parsed.ok && parsed.entry.hours).toBe(expected);
});

test.each([
  0,
  -1,
  24.01,
  7.125,
  "eight",
  "7,5",
  "1e1",
  "0x8",
  "+8",
  "Infinity",
  Number.NaN,
  true,
  [8],
  "8.123",
])("refuses %j hours", (hours) => {
  expect(codes(valid[0], valid[1], valid[2], hours)).toEqual(["invalid_hours"]);
});

test.each([
  ["2026-03-31", "2026-03-31"],
  ["2024-02-29", "2024-02-29"],
  [" 2026-03-31 ", "2026-03-31"],
  ["2026-03-31T10:00+02:00", "2026-03-31T08:00:00.000Z"],
  ["2026-03-31T10:00:00.5+0200", "2026-03-31T08:00:00.500Z"],
  ["2026-12-31T23:59:59Z", "2026-12-31T23:59:59.000Z"],
])("takes the date %s as %s", (date, expected) => {
  const parsed = parseEntry(valid[0], date, valid[2], valid[3]);
  expect(parsed.ok && parsed.entry.date).toBe(expected);
});

test.each([
  "2026-02-29",
  "2100-02-29",
  "2026-13-01",
  "2026-00-10",
  "2026-1-1",
  "31.03.2026",
  "2026-03-31T10:00:00",
  "2026-02-30T10:00:00Z",
  "2026-03-31T24:00:00Z",
  "2026-03-31 10:00:00Z",
  20260331,
  "20260331",
])("refuses the date %j", (date) => {
  expect(codes(valid[0], date, valid[2], valid[3])).toEqual(["invalid_date"]);
});

test("refuses text that is missing, too long, or holds control characters or broken Unicode", () => {
  expect(codes("", valid[1], undefined, valid[3])).toEqual(["missing", "missing"]);
  for (const text of ["a\nb", "a\0", "\ud800", "caf\ufffd", "x".repeat(201), 5, {}]) {
    expect(codes(text, valid[1], valid[2], valid[3])).toEqual(["invalid_user_id"]);
  }
  expect(codes(" Zoë 北京 ", valid[1], valid[2], valid[3])).toEqual([]);
});

test("agrees with the calendar on every day", () => {
  const limits = { min: new Date("1600-01-01"), max: new Date("2400-12-31"), noInvalidDate: true };
  fc.assert(
    fc.property(
      fc.date(limits),
      (date) => codes(valid[0], date.toISOString().slice(0, 10), valid[2], 1).length === 0,
    ),
  );
  const texts = fc.tuple(
    fc.integer({ min: 1, max: 9999 }),
    fc.integer({ min: 0, max: 13 }),
    fc.integer({ min: 0, max: 32 }),
  );
  fc.assert(
    fc.property(texts, ([year, month, day]) => {
      const [y, m, d] = [
        String(year).padStart(4, "0"),
        String(month).padStart(2, "0"),
        String(day).padStart(2, "0"),
      ];
      const time = new Date(`${y}-${m}-${d}T00:00:00Z`);
      const exists = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(`${y}-${m}-${d}`);
      return (codes(valid[0], `${y}-${m}-${d}`, valid[2], 1).length === 0) === exists;
    }),
  );
});

test("brings an entry to a form that it leaves as it is", () => {
  const any = fc.tuple(
    fc.string(),
    fc.constantFrom("2026-03-31T10:00+02:00", "2026-03-31"),
    fc.string(),
    fc.integer({ min: 1, max: 2400 }),
  );
  fc.assert(
    fc.property(any, ([user, date, project, hundredths]) => {
      const once = parseEntry(user, date, project, hundredths / 100);
      if (!once.ok) return;
      const { entry } = once;
      expect(parseEntry(entry.user_id, entry.date, entry.project, entry.hours)).toEqual(once);
    }),
  );
});
