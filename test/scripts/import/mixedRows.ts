/** A file of rows of every kind, and what a correct import must leave of it. */

export interface MixedRows {
  readonly csv: string;
  readonly rows: number;
  /** `user_id date project` -> hours, of the rows that nothing contradicts. */
  readonly stored: ReadonlyMap<string, number>;
  /** Lines that break a rule. */
  readonly invalidLines: ReadonlySet<number>;
  /** Pairs of lines that contradict each other: one is stored, the other rejected. */
  readonly conflicts: readonly Conflict[];
}

export interface Conflict {
  readonly key: string;
  readonly lines: readonly [number, number];
  readonly hours: readonly [number, number];
}

/** Every 20th row is a duplicate, every 50th invalid, every 101st contradicts the row before it. */
export function mixedRows(rows: number): MixedRows {
  const lines = ["user_id,date,project,hours"];
  const stored = new Map<string, number>();
  const invalidLines = new Set<number>();
  const conflicts: Conflict[] = [];
  let before: { key: string; line: number; hours: number; text: string; twice?: boolean } | undefined;
  for (let row = 0; row < rows; row++) {
    const line = row + 2;
    if (before && row % 20 === 7) {
      lines.push(`${before.text},${before.hours}`);
      before.twice = true;
      continue;
    }
    if (row % 50 === 3) {
      invalidLines.add(line);
      lines.push(`contractor-${row},2026-02-30,atlas,8`);
      continue;
    }
    // Of three rows that contradict each other, one or two are rejected, by who comes first.
    if (before && !before.twice && row % 101 === 11) {
      const hours = before.hours + 0.25;
      lines.push(`${before.text},${hours}`);
      conflicts.push({ key: before.key, lines: [before.line, line], hours: [before.hours, hours] });
      stored.delete(before.key);
      before = undefined;
      continue;
    }
    const user = `contractor-${String(row % 500).padStart(4, "0")}`;
    const day = new Date(Date.UTC(2026, 0, 1) + Math.floor(row / 500) * 86_400_000)
      .toISOString()
      .slice(0, 10);
    const hours = ((row % 32) + 1) / 4;
    before = { key: `${user} ${day} atlas`, line, hours, text: `${user},${day},atlas` };
    stored.set(before.key, hours);
    lines.push(`${before.text},${hours}`);
  }
  return { csv: `${lines.join("\n")}\n`, rows, stored, invalidLines, conflicts };
}

/** What is wrong with an outcome, in sentences; empty where nothing is. */
export function compare(
  expected: MixedRows,
  stored: ReadonlyMap<string, number>,
  rejectedLines: readonly number[],
): string[] {
  const problems: string[] = [];
  const lines = new Set(rejectedLines);
  if (lines.size !== rejectedLines.length) problems.push("a line was rejected twice");
  for (const [key, hours] of expected.stored) {
    if (stored.get(key) !== hours) problems.push(`${key}: ${stored.get(key)} instead of ${hours}`);
  }
  if (stored.size !== expected.stored.size + expected.conflicts.length) {
    problems.push(`${stored.size} entries instead of ${expected.stored.size + expected.conflicts.length}`);
  }
  for (const line of expected.invalidLines)
    if (!lines.has(line)) problems.push(`line ${line} was not rejected`);
  for (const { key, lines: pair, hours } of expected.conflicts) {
    const kept = stored.get(key);
    const rejected = pair.filter((line) => lines.has(line));
    if (kept !== hours[0] && kept !== hours[1]) problems.push(`${key}: ${kept} is neither of ${hours}`);
    else if (rejected.length !== 1 || rejected[0] !== pair[kept === hours[0] ? 1 : 0]) {
      problems.push(`${key}: lines ${rejected} were rejected, ${kept} is stored`);
    }
  }
  if (lines.size !== expected.invalidLines.size + expected.conflicts.length) {
    problems.push(
      `${lines.size} rejects instead of ${expected.invalidLines.size + expected.conflicts.length}`,
    );
  }
  return problems;
}
