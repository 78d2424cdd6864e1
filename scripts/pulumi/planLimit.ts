/** What a tenant's plan refuses, found in what the engine printed, in the terms of the access model. */
import { apiTable } from "../../infra/model/properties/api.ts";
import { applicationTable } from "../../infra/model/properties/application.ts";
import { grantTable } from "../../infra/model/properties/grant.ts";
import { type PropertyTable, wiresOf } from "../../infra/model/properties/property.ts";
import { exitCodes, ToolError } from "../../lib/errors.ts";

/** One refusal. */
interface PlanLimit {
  /** The object as the engine names it, e.g. `ClientGrant` and `import-job-timesheets`. */
  readonly type: string;
  readonly name: string;
  /** Names on the wire; none where the tenant does not say what it refuses. */
  readonly properties: readonly string[];
}

/** Auth0's word for a 403 that a larger plan would not give. */
export const planRefused =
  /\bfeature_not_enabled\b|upgrade your subscription|feature is not enabled for this tenant/i;

/** How the engine's types are called in a model, which table knows their properties, and what else they may need. */
const kinds: Readonly<
  Record<string, { title: string; table?: PropertyTable; unnamed?: { key: string; feature: string } }>
> = {
  ResourceServer: { title: "API", table: apiTable },
  Client: { title: "application", table: applicationTable },
  ClientCredentials: {
    title: "application",
    unnamed: {
      key: "authentication: private_key_jwt",
      feature: "Private Key JWT, part of Auth0's Enterprise plan",
    },
  },
  ClientGrant: { title: "grant", table: grantTable },
};

/**
 * The error for a run that the tenant's plan ended; undefined for any other output.
 * @param output What the engine printed, both streams
 */
export function planLimitError(output: string): ToolError | undefined {
  if (!planRefused.test(output)) return undefined;
  const lines = [...new Set(limitsIn(output).map(describe))];
  return new ToolError(
    "feature_not_enabled",
    ["The plan of the tenant does not include what the access model asks for.", ...lines].join("\n"),
    {
      exitCode: exitCodes.check,
      hint: "Remove the setting from the access model, or upgrade the plan of the tenant; then run it again.",
    },
  );
}

/** Each object's diagnostics stand under a line such as `  auth0:index:Client (import-job):`. */
function limitsIn(output: string): PlanLimit[] {
  const limits: PlanLimit[] = [];
  let object = { type: "", name: "" };
  const [, diagnostics = ""] = output.split(/^Diagnostics:$/m);
  for (const line of diagnostics.split("\n")) {
    const heading = /^\s*auth0:index[:/](?:\w+:)?(\w+) \(([^)]+)\):?\s*$/.exec(line);
    if (heading) object = { type: heading[1] ?? "", name: heading[2] ?? "" };
    if (!planRefused.test(line)) continue;
    const named = /subscription to use ([\w, ]+)/i.exec(line)?.[1] ?? "";
    limits.push({ ...object, properties: named.split(/,\s*/).filter((name) => name !== "") });
  }
  return limits;
}

function describe({ type, name, properties }: PlanLimit): string {
  const { title, table, unnamed } = kinds[type] ?? { title: "object" };
  const object = `  ${title} ${name.replace(/-credentials$/, type === "ClientCredentials" ? "" : "$&")}`;
  if (properties.length === 0)
    return unnamed ? `${object}: ${unnamed.key} needs ${unnamed.feature}.` : `${object}.`;
  return `${object}: ${properties.map((property) => setting(property, table)).join("; ")}.`;
}

/** A property by its key in the model, its name on the wire, and what includes it. */
function setting(property: string, table: PropertyTable | undefined): string {
  const wire =
    table && wiresOf(table).find(({ name }) => name === property || name.startsWith(`${property}.`));
  const key = wire?.key === undefined ? property : `${wire.key} (${property})`;
  const feature = features[property];
  return feature === undefined ? key : `${key} needs ${feature}`;
}

/** What Auth0 sells a property with, by its name on the wire. */
const features: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...["authorization_details", "authorization_details_types", "consent_policy", "mtls"],
      ...["proof_of_possession", "token_encryption"],
    ].map((name) => [name, "Highly Regulated Identity, an add-on of Auth0's Enterprise plan"]),
  ),
  client_authentication_methods: "Private Key JWT, part of Auth0's Enterprise plan",
  token_quota: "fine-grained token quotas, which Auth0 enables on request",
  ...Object.fromEntries(
    ["organization_usage", "allow_any_organization"].map((name) => [
      name,
      "machine-to-machine access for Organizations, part of Auth0's plans B2B Professional and Enterprise",
    ]),
  ),
};
