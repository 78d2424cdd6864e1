/** Which private key goes to which application, and which files are refused. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { privateKeyFiles, readPrivateKeys } from "../../../scripts/credentials/privateKeyFiles.ts";
import { accessModel } from "../../helpers/accessModel.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "timesheets-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const one = accessModel({ application: { authentication: "private_key_jwt" } });
const job = one.applications["import-job"];
if (!job) throw new Error("The model has lost its job.");
const two = { applications: { ...one.applications, payroll: { ...job, key: "payroll" } } };

function filesFor(values: string[], model: Pick<typeof one, "applications"> = one, env = {}) {
  return privateKeyFiles(
    values,
    model,
    { cwd: "/keys", env },
    { local: undefined, root: folder, name: "dev" },
  );
}

test("a file alone goes to the one application that takes a key", () => {
  expect(filesFor(["job.pem"])).toEqual({ "import-job": "/keys/job.pem" });
  expect(filesFor([], one, { M2M_PRIVATE_KEY_FILE: "/run/key" })).toEqual({
    "import-job": "/run/key",
  });
});

test("several applications are distinguished by name", () => {
  expect(filesFor(["payroll=b.pem", "import-job=a.pem"], two)).toEqual({
    payroll: "/keys/b.pem",
    "import-job": "/keys/a.pem",
  });
  expect(() => filesFor(["a.pem"], two)).toThrow("does not say which application it is for");
  expect(() => filesFor(["other=a.pem"], two)).toThrow(
    "names other, which is no application with private_key_jwt",
  );
});

test("where nothing is named, the place is looked at where rotate key puts keys", () => {
  expect(filesFor([])).toEqual({});
  const file = path.join(folder, ".auth0-m2m/stacks/dev/keys/import-job.pem");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, "");
  expect(filesFor([])).toEqual({ "import-job": file });
});

test("refuses a key that others can read, and one that is not there", async () => {
  const file = path.join(folder, "open.pem");
  writeFileSync(file, "key");
  chmodSync(file, 0o640);
  await expect(readPrivateKeys({ "import-job": file })).rejects.toMatchObject({
    exitCode: 2,
    hint: `Make it yours alone: chmod 600 ${file}`,
  });
  await expect(readPrivateKeys({ "import-job": path.join(folder, "none") })).rejects.toMatchObject({
    exitCode: 2,
  });
});
