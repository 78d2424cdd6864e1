/** The JSON Schema of access.yaml, as an editor reads it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { sound } from "./brokenModels/soundModel.ts";

const infra = path.join(import.meta.dirname, "..", "..", "infra");
const schema = z.fromJSONSchema(JSON.parse(readFileSync(path.join(infra, "access.schema.json"), "utf8")));

test("an editor that goes by the JSON Schema accepts the shipped model", () => {
  const yaml = readFileSync(path.join(infra, "access.yaml"), "utf8");
  expect(yaml.startsWith("# yaml-language-server: $schema=./access.schema.json\n")).toBe(true);
  expect(schema.safeParse(parse(yaml)).error).toBeUndefined();
});

test.each([
  ["a misspelt property", "    scopes:", "    scope:"],
  ["an unknown algorithm", "RS256", "RS265"],
  ["a missing authentication", "    authentication: client_secret_post\n", ""],
  ["a grant that is no list", "[batch:upload]", "batch:upload"],
  ["a key with capitals", "  import-job:", "  ImportJob:"],
])("an editor that goes by the JSON Schema marks %s", (_, text, replacement) => {
  expect(schema.safeParse(parse(sound)).success).toBe(true);
  expect(schema.safeParse(parse(sound.replace(text, replacement))).success).toBe(false);
});
