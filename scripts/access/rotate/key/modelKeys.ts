/** The list of public keys in the model's YAML, changed in place: every other character of the file stays. */
import { readFile } from "node:fs/promises";
import { isScalar, isSeq, parseDocument, type YAMLSeq } from "yaml";
import { overridesKey } from "../../../../infra/model/files.ts";
import { usageError } from "../../../../lib/errors.ts";
import { readIfPresent, writeWhole } from "../../../../lib/files.ts";
import type { Stack } from "../../../session/stack.ts";

/** Where an application's `publicKeys` stand: in the stack's overrides, else in the model itself. */
export interface KeyList {
  readonly file: string;
  /** Keys from the file's root. */
  readonly path: readonly string[];
  readonly entries: readonly string[];
}

export async function findKeyList(
  stack: Pick<Stack, "settingsFile" | "accessModelFile" | "project">,
  application: string,
): Promise<KeyList> {
  const inModel = ["applications", application, "publicKeys"];
  const places = [
    { file: stack.settingsFile, path: ["config", overridesKey(stack.project), ...inModel] },
    { file: stack.accessModelFile, path: inModel },
  ];
  for (const place of places) {
    const text = await readIfPresent(place.file);
    const list = text === undefined ? undefined : listAt(text, place.path);
    if (list) return { ...place, entries: entriesOf(list) };
  }
  throw usageError(
    `Neither the model nor the stack lists publicKeys of ${application}.`,
    "List its public key in the access model first.",
  );
}

/** Replaces the entries; does nothing where they are these already. */
export async function writeKeyList(
  { file, path }: Pick<KeyList, "file" | "path">,
  entries: readonly string[],
): Promise<void> {
  const text = await readFile(file, "utf8");
  const changed = withEntries(text, path, entries);
  if (changed !== text) await writeWhole(file, changed);
}

/** The text with other entries, in the style that the list is written in. */
export function withEntries(text: string, path: readonly string[], entries: readonly string[]): string {
  const list = listAt(text, path);
  const [start] = list?.range ?? [];
  const end = list?.flow ? list.range?.[1] : lastEnd(list);
  if (!list || start === undefined || end === undefined) throw unwritable(path);
  if (entriesOf(list).join("\n") === entries.join("\n")) return text;
  const written = entries.map(scalar);
  const indent = " ".repeat(start - (text.lastIndexOf("\n", start - 1) + 1));
  const replaced = list.flow
    ? `[${written.join(", ")}]`
    : written.map((entry) => `- ${entry}`).join(`\n${indent}`);
  const changed = text.slice(0, start) + replaced + text.slice(end);
  const seen = listAt(changed, path);
  if (!seen || entriesOf(seen).join("\n") !== entries.join("\n")) throw unwritable(path);
  return changed;
}

function unwritable(path: readonly string[]) {
  return usageError(
    `${path.join(".")} cannot be changed in place.`,
    "Write the list plainly: one file a line after `- `.",
  );
}

function listAt(text: string, path: readonly string[]): YAMLSeq | undefined {
  const node = parseDocument(text).getIn(path, true);
  return isSeq(node) ? node : undefined;
}

function entriesOf(list: YAMLSeq): string[] {
  return list.items.map((item) => (isScalar(item) ? String(item.value) : ""));
}

/** Where the last entry ends; a block's own range extends to the next key. */
function lastEnd(list: YAMLSeq | undefined): number | undefined {
  const last = list?.items.at(-1);
  return isScalar(last) ? last.range?.[1] : undefined;
}

function scalar(entry: string): string {
  return /^[A-Za-z0-9_./][\w./-]*$/.test(entry) ? entry : JSON.stringify(entry);
}
