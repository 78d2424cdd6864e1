/** `auth0.ResourceServerScopes`: all scopes of one API, which this resource owns alone. */
import { ProviderError } from "../errors.ts";
import type { Table } from "../schema.ts";
import type { Properties } from "../values.ts";
import { type Body, fromAnswer, toBody } from "../wire.ts";
import { absentWhen404, type ResourceType } from "./resourceType.ts";

const properties = {
  resourceServerIdentifier: {
    wire: "identifier",
    type: "string",
    required: true,
    replace: true,
    sent: "never",
  },
  scopes: {
    wire: "scopes",
    type: "set",
    required: true,
    properties: {
      name: { wire: "value", type: "string", required: true },
      description: { wire: "description", type: "string" },
    },
  },
} satisfies Table;

export const resourceServerScopes: ResourceType = {
  type: "auth0:index/resourceServerScopes:ResourceServerScopes",
  title: "scopes of the API",
  properties,

  async create(tenant, inputs, made) {
    const identifier = String(inputs.resourceServerIdentifier);
    const existing = await tenant.resourceServers.get(identifier);
    const body = toBody(properties, inputs);
    refuseToErase(identifier, scopesOf(existing), scopesOf(body));
    await tenant.resourceServers.update(identifier, body);
    made(identifier);
  },

  read(tenant, id) {
    return absentWhen404(async () => {
      const answer = await tenant.resourceServers.get(id);
      return { id, outputs: fromAnswer(properties, answer) };
    });
  },

  async update(tenant, { inputs }: { inputs: Properties }) {
    await tenant.resourceServers.update(String(inputs.resourceServerIdentifier), toBody(properties, inputs));
  },

  async remove(tenant, { id }) {
    await tenant.resourceServers.update(id, { scopes: [] });
  },
};

interface Scope {
  value: string;
  description?: string;
}

function scopesOf(body: Body): Scope[] {
  return Array.isArray(body.scopes) ? (body.scopes as Scope[]) : [];
}

/** Creating this resource over scopes that are there already would drop them unseen. */
function refuseToErase(identifier: string, existing: Scope[], wanted: Scope[]): void {
  if (existing.length === 0) return;
  const same = (a: Scope | undefined, b: Scope) =>
    a?.value === b.value && (a.description ?? "") === (b.description ?? "");
  if (existing.length === wanted.length && wanted.every((scope, index) => same(existing[index], scope)))
    return;
  throw new ProviderError(
    `the API ${identifier} has scopes already (${existing.map(({ value }) => value).join(", ")}); ` +
      `import them instead: pulumi import auth0:index/resourceServerScopes:ResourceServerScopes <name> ${identifier}`,
  );
}
