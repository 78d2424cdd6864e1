/** Which grants are said to be of no use to their holders. */
import { expect, test } from "vitest";
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
