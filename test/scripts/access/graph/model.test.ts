/** The graph of the access model, as a user gets it from the command line. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { modelGraph } from "../../../../scripts/access/graph/accessGraph.ts";
import { renderMermaid } from "../../../../scripts/access/graph/mermaid.ts";
import { accessModel, granted } from "../../../helpers/accessModel.ts";
import { m2m, repository } from "../../../helpers/commandLine.ts";

test("the picture in docs is the one of the default model", async () => {
  const { code, stdout } = await m2m(["graph", "--format", "svg"]);
  expect(code).toBe(0);
  const picture = readFileSync(path.join(repository, "docs/images/access-graph.svg"), "utf8");
  expect(picture, "Run: npx auth0-m2m graph --format svg > docs/images/access-graph.svg").toBe(stdout);
});

test("shows the default model as Mermaid: the job, the API, and the one scope between them", async () => {
  const { stdout } = await m2m(["graph"]);
  expect(stdout.split("\n")).toEqual([
    "flowchart LR",
    '  application1["Timesheets Import Job"]',
    '  api1(["Timesheets API<br/>https://api.exampleco.com/timesheets"])',
    '  application1 -->|"batch:upload"| api1',
    "",
  ]);
});

test("--json names every scope of the API and those that are granted", async () => {
  const { stdout } = await m2m(["graph", "--json"]);
  const { apis, grants } = JSON.parse(stdout);
  expect(apis[0].scopes).toEqual([
    "approve:timesheets",
    "batch:upload",
    "create:timesheets",
    "delete:timesheets",
    "read:timesheets",
  ]);
  expect(grants).toEqual([
    {
      application: "import-job",
      api: "https://api.exampleco.com/timesheets",
      scopes: ["batch:upload"],
      inModel: true,
    },
  ]);
});

test("refuses --live without a stack, and --json with another format", async () => {
  const live = await m2m(["graph", "--live"]);
  expect([live.code, live.stderr]).toEqual([
    2,
    "--live needs a stack.\nAdd --stack, for example --stack local.\n",
  ]);
  const both = await m2m(["graph", "--json", "--format", "svg"]);
  expect(both.code).toBe(2);
  expect(JSON.parse(both.stdout).error.message).toBe("--json and --format svg exclude each other.");
});

test("what others own is drawn apart, and grants for users by another arrow", () => {
  const model = accessModel({
    application: {
      grants: {
        timesheets: [{ scopes: ["read:timesheets"], subject: "user" }],
        auth0: granted("read:users"),
      },
    },
  });
  const graph = modelGraph({
    ...model,
    foreignApis: { auth0: { key: "auth0", management: true } },
    foreignApplications: {
      storefront: { key: "storefront", clientId: "abc", grants: { timesheets: granted("batch:upload") } },
    },
  });
  expect(renderMermaid(graph).split("\n")).toEqual([
    "flowchart LR",
    '  application1["Timesheets Import Job"]',
    '  api1(["Timesheets API<br/>https://api.exampleco.com/timesheets"])',
    '  subgraph elsewhere["Owned elsewhere"]',
    '    application2["storefront"]',
    '    api2(["Auth0 Management API<br/>auth0"])',
    "  end",
    '  application1 ==>|"for users:<br/>read:timesheets"| api1',
    '  application1 -->|"read:users"| api2',
    '  application2 -->|"batch:upload"| api1',
    "",
  ]);
});
