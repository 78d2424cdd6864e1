/** Changes behind the model's back in every declared object at once, so that a fix has to write them all. */
import { z } from "zod";
import type { AccessModel } from "../../../../infra/accessModel.ts";
import { tokenDialect } from "../../../../infra/accessModel.ts";
import type { LocalStack } from "../../../helpers/localStack.ts";

const other = { RS256: "PS256", PS256: "HS256", HS256: "RS256" } as const;
const methods = {
  client_secret_post: "client_secret_basic",
  client_secret_basic: "client_secret_post",
  private_key_jwt: "client_secret_post",
} as const;

/** Changes everything that the components set, and returns the paths that drift has to name, sorted. */
export async function disturb({ management }: LocalStack, model: AccessModel): Promise<string[]> {
  const paths: string[] = [];
  const change = (target: string, body: object) => management.send("PATCH", target, body, z.unknown());
  for (const api of Object.values(model.apis)) {
    const enforced = tokenDialect(api).endsWith("_authz");
    await change(`resource-servers/${encodeURIComponent(api.identifier)}`, {
      name: `Changed ${api.key}`,
      signing_alg: other[api.signingAlgorithm],
      token_dialect: tokenDialect(api) === "rfc9068_profile" ? "access_token" : "rfc9068_profile",
      enforce_policies: !enforced,
      token_lifetime: api.tokenLifetime + 1,
      scopes: [],
    });
    const properties = ["name", "signing_alg", "token_dialect", "enforce_policies", "token_lifetime"];
    const scopes = Object.keys(api.scopes).map((scope) => `scopes[${JSON.stringify(scope)}]`);
    paths.push(...[...properties, ...scopes].map((property) => `apis.${api.key}.${property}`));
  }
  const clients = await management.list(
    "clients",
    "clients",
    z.object({ client_id: z.string(), name: z.string() }),
  );
  const grants = await management.list(
    "client-grants",
    "client_grants",
    z.object({
      id: z.string(),
      client_id: z.string().optional(),
      audience: z.string(),
      subject_type: z.string().default("client"),
    }),
  );
  for (const application of Object.values(model.applications)) {
    const id = clients.find(({ name }) => name === application.name)?.client_id;
    const method = methods[application.authentication];
    await change(`clients/${id}`, {
      description: "Changed",
      app_type: "regular_web",
      grant_types: [],
      ...(application.publicKeys ? { client_authentication_methods: null } : {}),
      token_endpoint_auth_method: method,
    });
    const properties = [
      "description",
      "app_type",
      "grant_types.client_credentials",
      "token_endpoint_auth_method",
    ];
    paths.push(...properties.map((property) => `applications.${application.key}.${property}`));
    for (const [key, [granted]] of Object.entries(application.grants)) {
      const audience = model.apis[key]?.identifier;
      const grant = grants.find(
        (one) =>
          one.client_id === id &&
          one.audience === audience &&
          one.subject_type === (granted?.subject ?? "client"),
      );
      await change(`client-grants/${grant?.id}`, { scope: [] });
      paths.push(
        ...(granted?.scopes ?? []).map(
          (scope) => `applications.${application.key}.grants.${key}.scope[${JSON.stringify(scope)}]`,
        ),
      );
    }
  }
  return paths.sort();
}
