/** One live object is one object, whatever its key: renames in the model on the real engine. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";

const model = ({ api = "timesheets", job = "import-job", apiFormerly = "", jobFormerly = "" } = {}) => `
apis:
  ${api}:
    name: Timesheets API
    identifier: https://api.exampleco.com/timesheets
    ${apiFormerly}
    scopes: { "batch:upload": Upload, "read:timesheets": Read }
applications:
  ${job}:
    name: Timesheets Import Job
    authentication: client_secret_post
    ${jobFormerly}
    grants: { ${api}: [batch:upload] }
`;

let local: LocalStack;
let before: unknown;
beforeAll(async () => {
  local = await startLocal({ model: model() });
  const { code, stderr } = await local.run(["bootstrap", "--stack", "local", "--yes"]);
  expect(code, stderr).toBe(0);
  before = await liveObjects();
});
afterAll(() => local.close());

/** Every API, application and grant of the tenant, secrets included. */
async function liveObjects() {
  const { management } = local;
  const object = z.record(z.string(), z.unknown());
  return Promise.all([
    management.list("resource-servers", "resource_servers", object),
    management.list("clients", "clients", object),
    management.list("client-grants", "client_grants", object),
  ]);
}

async function namesInState(): Promise<string[]> {
  const { stdout } = await local.pulumi.must(["stack", "export"]);
  const urns: string[] = JSON.parse(stdout).deployment.resources.map(({ urn }: { urn: string }) => urn);
  return urns
    .filter((urn) => /auth0/.test(urn) && !/providers/.test(urn))
    .map((urn) => urn.split("::").at(-1) ?? "");
}

const resourcesOf = (api: string, job: string) =>
  [api, api, `${api}-scopes`, job, job, `${job}-credentials`, `${job}-${api}`].sort();

test("formerly makes plain `pulumi up` keep API, application, secret and grant under their new keys", async () => {
  await local.setModel(
    model({
      api: "hours",
      job: "nightly-job",
      apiFormerly: "formerly: [timesheets]",
      jobFormerly: "formerly: [import-job]",
    }),
  );
  const writes = await local.writes();
  await local.pulumi.must(["up", "--yes", "--skip-preview"]);
  expect(await local.writes()).toEqual(writes);
  expect(await liveObjects()).toEqual(before);
  expect((await namesInState()).sort()).toEqual(resourcesOf("hours", "nightly-job"));
});
