/** Which grants are said to be of no use to their holders. */
import { expect, test } from "vitest";
import type { Api } from "../../../infra/accessModel.ts";
import type { WireApplication } from "../../../scripts/tenant/objects.ts";
import { unusableGrants } from "../../../scripts/tenant/unusableGrants.ts";
import { accessModel, granted } from "../../helpers/accessModel.ts";

const storefront = { key: "storefront", name: "Storefront" };
const holder = (fields: Partial<WireApplication>): WireApplication => ({
  client_id: "abc",
  name: "Storefront",
  ...fields,
});
const forItself = granted("read:timesheets");

function found(application: WireApplication, grants = forItself): string[] {
  const foreignApplications = { storefront: { ...storefront, grants: { timesheets: grants } } };
  return unusableGrants({ ...accessModel(), foreignApplications }, { storefront: application });
}

test.each([
  [{ app_type: "spa" }, "it runs in browsers"],
  [{ app_type: "native" }, "it runs on its users' devices"],
  [
    { app_type: "regular_web", grant_types: ["authorization_code"] },
    "its owner lets it use no client credentials",
  ],
])("a grant to itself of an application %j", (fields, reason) => {
  expect(found(holder(fields))).toEqual([
    expect.stringMatching(
      new RegExp(`^applications\\.storefront cannot use its grant on timesheets: ${reason}`),
    ),
  ]);
});

test("a grant for users, or of an application that may use client credentials, is of use", () => {
  expect(found(holder({ app_type: "spa" }), [{ scopes: ["read:timesheets"], subject: "user" }])).toEqual([]);
  expect(found(holder({ app_type: "regular_web", grant_types: ["client_credentials"] }))).toEqual([]);
});

test("a grant on an API that the model closes, to applications or to users", () => {
  const closed = (access: NonNullable<Api["access"]>, subject: "client" | "user") =>
    unusableGrants(
      accessModel({
        api: { access },
        application: { grants: { timesheets: [{ scopes: ["read:timesheets"], subject }] } },
      }),
      {},
    );
  expect(closed({ applications: "none", users: "any" }, "client")).toEqual([
    expect.stringContaining(
      "applications.import-job cannot use its grant on timesheets: the model lets no application",
    ),
  ]);
  expect(closed({ applications: "granted", users: "none" }, "user")).toEqual([
    expect.stringContaining(
      "applications.import-job cannot use its grant on timesheets for users: the model lets no user",
    ),
  ]);
  expect(closed({ applications: "none", users: "granted" }, "user")).toEqual([]);
});
