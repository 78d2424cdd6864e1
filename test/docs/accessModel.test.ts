/**
 * The reference of the access model says what the property rows say: with UPDATE_DOCS=1 its tables are written, else
 * compared.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { grantShape } from "../../infra/model/grants.ts";
import { apiProperties } from "../../infra/model/properties/api.ts";
import { applicationProperties } from "../../infra/model/properties/application.ts";
import { foreignApplicationProperties } from "../../infra/model/properties/foreignApplication.ts";
import { grantProperties } from "../../infra/model/properties/grant.ts";
import { entrySchemas } from "../../infra/model/schema.ts";
import { repository } from "../helpers/commandLine.ts";
import { withPropertyTables } from "./propertyTable.ts";

const sections = {
  apis: apiProperties,
  applications: applicationProperties,
  foreignApplications: foreignApplicationProperties,
  grants: grantProperties,
};
const shapes: Readonly<Record<keyof typeof sections, object>> = {
  apis: entrySchemas.apis.shape,
  applications: entrySchemas.applications.shape,
  foreignApplications: entrySchemas.foreignApplications.shape,
  grants: grantShape,
};
const page = path.join(repository, "docs", "access-model.md");

test("the tables of docs/access-model.md are current (UPDATE_DOCS=1 npx vitest run test/docs writes them)", () => {
  const text = readFileSync(page, "utf8");
  const current = withPropertyTables(text, sections);
  if (process.env.UPDATE_DOCS) writeFileSync(page, current);
  else expect(text).toBe(current);
  for (const [section, properties] of Object.entries(sections)) {
    expect(current).toContain(`<!-- properties of ${section} -->`);
    for (const key of Object.keys(properties)) expect(current).toContain(`\n| \`${key}\` |`);
  }
});

test.each(
  Object.entries(sections).flatMap(([section, properties]) =>
    Object.entries(properties).map(
      ([key, { example }]) => [`${section}: ${key}`, section as keyof typeof sections, key, example] as const,
    ),
  ),
)("the example of %s is one that the model accepts", (_, section, key, example) => {
  const validator = new Map(Object.entries(shapes[section])).get(key);
  const value: unknown = parse(example)[key];
  expect(value).toBeDefined();
  expect(validator?.safeParse(value).error).toBeUndefined();
});
