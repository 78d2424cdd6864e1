/** The record of ids in a stack's settings. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noIds, readIds, recordIds } from "../../../scripts/session/ids.ts";

const ids = {
  apis: { timesheets: "rs1" },
  applications: { job: "c1" },
  grants: { "job/timesheets": "cgr_1" },
};
let folder: string;
let place: { idsFile: string; project: string };
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "ids-"));
  place = { idsFile: path.join(folder, "Pulumi.dev.yaml"), project: "timesheets" };
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = () => readFileSync(place.idsFile, "utf8");
const settings = `# Our development tenant
encryptionsalt: v1:abcdefghijk=:v1:lmnopqrstuvwxyzabcd:efghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabc==
config:
  # Asked for by the audit
  timesheets:access:
    apis: {timesheets: {tokenLifetime: 600}} # seconds
`;

test("ids are added to a stack file of the user's, whose other lines and comments stay as they are", async () => {
  writeFileSync(place.idsFile, settings);
  expect(await recordIds(place, ids)).toBe(true);
  expect(text().startsWith(settings)).toBe(true);
  expect(await readIds(place)).toEqual(ids);
});

test("the same ids leave the file untouched, other ids change their own lines alone, none take the section away", async () => {
  writeFileSync(place.idsFile, settings);
  await recordIds(place, ids);
  writeFileSync(place.idsFile, text().replace("timesheets: rs1", "timesheets: rs1 # the one in Frankfurt"));
  const commented = text();
  expect(await recordIds(place, ids)).toBe(false);
  expect(text()).toBe(commented);
  await recordIds(place, { ...ids, applications: { other: "c2" } });
  expect(text()).toBe(commented.replace("job: c1", "other: c2"));
  await recordIds(place, noIds);
  expect(text()).toBe(settings);
});

test.each([
  ["a list", "- a\n", "is not a stack's settings file"],
  ["a config that is no map", "config: [1]\n", "is not a stack's settings file"],
  ["broken YAML", "config: [\n", "is not YAML"],
  [
    "other content under the key",
    "config:\n  timesheets:ids: mine\n",
    "timesheets:ids is not what bootstrap writes",
  ],
  [
    "further keys in it",
    "config:\n  timesheets:ids: {mine: 1}\n",
    "timesheets:ids is not what bootstrap writes",
  ],
])("%s is refused and left as it is", async (_what, content, message) => {
  writeFileSync(place.idsFile, content);
  await expect(recordIds(place, ids)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(message),
  });
  await expect(readIds(place)).rejects.toMatchObject({ exitCode: 2 });
  expect(text()).toBe(content);
});
