/** The inputs that an import and a refresh report. */
import { expect, test } from "vitest";
import { importedInputs, refreshedInputs } from "../../../local/provider/inputs.ts";
import { client } from "../../../local/provider/resources/client.ts";
import { resourceServerScopes } from "../../../local/provider/resources/resourceServerScopes.ts";

test("imports what a program can say and what is set", () => {
  const outputs = {
    name: "Job",
    description: "",
    clientId: "abc",
    sso: false,
    grantTypes: ["client_credentials"],
    callbacks: [],
  };
  expect(importedInputs(client.properties, outputs)).toEqual({
    name: "Job",
    grantTypes: ["client_credentials"],
    __defaults: [],
  });
});

test("imports an API's empty list of scopes, which a program has to give", () => {
  const outputs = { resourceServerIdentifier: "https://x", scopes: [] };
  expect(importedInputs(resourceServerScopes.properties, outputs)).toMatchObject({ scopes: [] });
});

test("refreshes the properties that the program set, and no others", () => {
  const olds = { name: "Job", description: "Managed by Pulumi", __defaults: ["description"] };
  const outputs = { name: "Renamed", description: "Managed by Pulumi", appType: "spa" };
  expect(refreshedInputs(client.properties, olds, outputs)).toEqual({
    name: "Renamed",
    description: "Managed by Pulumi",
    __defaults: ["description"],
  });
});

test("a default that somebody changed is no default any more", () => {
  const olds = { description: "Managed by Pulumi", __defaults: ["description"] };
  const refreshed = refreshedInputs(client.properties, olds, { description: "by hand" });
  expect(refreshed).toEqual({ description: "by hand", __defaults: [] });
});

test("finds a scope again by its name, whatever the order", () => {
  const olds = {
    scopes: [
      { name: "a", description: "A" },
      { name: "b", description: "B" },
    ],
  };
  const outputs = {
    scopes: [
      { name: "b", description: "changed" },
      { name: "a", description: "A" },
      { name: "c", description: "" },
    ],
  };
  expect(refreshedInputs(resourceServerScopes.properties, olds, outputs)).toEqual({
    scopes: [
      { name: "a", description: "A" },
      { name: "b", description: "changed" },
    ],
  });
});
