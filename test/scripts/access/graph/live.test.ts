/** What a tenant holds beside what the model names. */
import { expect, test } from "vitest";
import { liveGraph } from "../../../../scripts/access/graph/liveGraph.ts";
import { renderGraph } from "../../../../scripts/access/graph/render.ts";
import { accessModel } from "../../../helpers/accessModel.ts";

const model = accessModel();
const identifier = "https://api.exampleco.com/timesheets";
const api = {
  identifier,
  name: "Timesheets API",
  is_system: false,
  scopes: [
    { value: "read:timesheets", description: "" },
    { value: "batch:upload", description: "" },
  ],
};
const managementApi = { identifier: "https://example.eu.auth0.com/api/v2/", is_system: true, scopes: [] };
const grant = (client_id: string, scope: string[], audience = identifier) => ({
  client_id,
  audience,
  scope,
  allow_all_scopes: false,
});
const clientIds = { "import-job": "job" };
const names = new Map([
  ["job", "Timesheets Import Job"],
  ["stranger", "Payroll"],
]);

test("an application that the model does not name is apart, its grant too", () => {
  const live = {
    apis: [api],
    grants: [grant("job", ["batch:upload"]), grant("stranger", ["read:timesheets"])],
    names,
    clientIds,
  };
  const { applications, grants } = liveGraph(model, live);
  expect(applications).toEqual([
    { id: "job", name: "Timesheets Import Job", inModel: true },
    { id: "stranger", name: "Payroll", inModel: false },
  ]);
  expect(grants.map(({ application, inModel }) => [application, inModel])).toEqual([
    ["job", true],
    ["stranger", false],
  ]);
});

test("scopes beyond the model's are an edge of their own", () => {
  const live = { apis: [api], grants: [grant("job", ["read:timesheets", "batch:upload"])], names, clientIds };
  expect(liveGraph(model, live).grants).toEqual([
    { application: "job", api: identifier, scopes: ["batch:upload"], inModel: true },
    { application: "job", api: identifier, scopes: ["read:timesheets"], inModel: false },
  ]);
});

test("the Management API is drawn only where somebody may call it", () => {
  const without = liveGraph(model, { apis: [api, managementApi], grants: [], names, clientIds });
  expect(without.apis.map((node) => node.identifier)).toEqual([identifier]);
  const grants = [grant("job", ["read:clients"], managementApi.identifier)];
  const callable = liveGraph(model, { apis: [api, managementApi], grants, names, clientIds });
  expect(callable.grants).toEqual([
    { application: "job", api: managementApi.identifier, scopes: ["read:clients"], inModel: false },
  ]);
});

test("a grant for the users of the model's own application is not the model's", () => {
  const forUsers = { ...grant("job", ["batch:upload"]), subject_type: "user" };
  const live = { apis: [api], grants: [grant("job", ["batch:upload"]), forUsers], names, clientIds };
  expect(liveGraph(model, live).grants).toEqual([
    { application: "job", api: identifier, scopes: ["batch:upload"], inModel: true },
    { application: "job", api: identifier, scopes: ["batch:upload"], inModel: false, forUsers: true },
  ]);
});

test("names from a tenant are text in every drawing, never syntax", async () => {
  const hostile = `x"]; evil --> y \\" -> z \\N &lt;b&gt; </title><script>alert(1)</script>\u001b[31m\u202e`;
  const live = {
    apis: [{ ...api, name: hostile, identifier: hostile }],
    grants: [grant(hostile, [hostile], hostile)],
    names: new Map([[hostile, hostile]]),
    clientIds,
  };
  const graph = liveGraph(model, live);

  const mermaid = await renderGraph(graph, "mermaid");
  const labels = [...mermaid.matchAll(/"([^"]*)"/g)].map(([, label]) => label?.replaceAll("<br/>", ""));
  expect(labels).toHaveLength(4);
  for (const label of labels) expect(label).toMatch(/^[\p{L}\p{N} .,:/@_()+#;-]*$/u);

  const svg = await renderGraph(graph, "svg");
  expect(svg.match(/class="(node|edge)"/g)).toHaveLength(3);
  expect(svg).not.toContain("<script>");
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => unescapeXml(text ?? ""));
  const shown = hostile.replace("\u001b", "\\u001b").replace("\u202e", "\\u202e");
  expect(texts.filter((text) => text.replaceAll("\u00a0", " ") === shown)).toHaveLength(3);
});

function unescapeXml(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_match, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
