/** What a management application must be granted for a model. */
import { expect, test } from "vitest";
import { requiredScopes } from "../../../../scripts/session/preflight/requiredScopes.ts";
import { accessModel } from "../../../helpers/accessModel.ts";

test("keys take scopes that secrets do not, and the reverse", () => {
  expect(requiredScopes(accessModel(), "bootstrap")).toContain("read:client_keys");
  expect(requiredScopes(accessModel(), "bootstrap")).not.toContain("create:client_credentials");
  const keys = requiredScopes(
    accessModel({ application: { authentication: "private_key_jwt" } }),
    "bootstrap",
  );
  expect(keys).not.toContain("read:client_keys");
  expect(keys).toContain("delete:client_credentials");
});
