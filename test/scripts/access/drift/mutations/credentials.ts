/** Changes to how the application proves who it is: its method, and its keys. */
import type { Body } from "../driftTenant.ts";
import {
  application,
  applicationTarget,
  bracketed,
  type DriftTenant,
  type Mutation,
  newKey,
  onApplication,
  recall,
  remember,
} from "./mutation.ts";

/** On an application that authenticates by secret. */
export const secretMutations: readonly Mutation[] = [
  onApplication(
    "it needs no secret any more",
    { token_endpoint_auth_method: "none", grant_types: [] },
    { token_endpoint_auth_method: "client_secret_post", grant_types: ["client_credentials"] },
    ["missing", "grant_types.client_credentials", "client_credentials", null, "medium"],
    ["changed", "token_endpoint_auth_method", "client_secret_post", "none", "high"],
  ),
  {
    name: "a key is uploaded to an application that authenticates by secret",
    async change(tenant) {
      const body = { name: "theirs", credential_type: "public_key", pem: newKey(), alg: "RS256" };
      const { id } = await tenant.call("POST", `${applicationTarget(tenant)}/credentials`, body);
      remember(tenant, "key", id);
    },
    undo: (tenant) =>
      tenant.call("DELETE", `${applicationTarget(tenant)}/credentials/${recall(tenant, "key")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${application}.credentials.${recall(tenant, "key")}`,
        expected: null,
        actual: { id: recall(tenant, "key"), name: "theirs", alg: "RS256", attached: false },
        severity: "high",
      },
    ],
  },
  {
    name: "a key takes the place of the secret",
    async change(tenant) {
      const body = { name: "theirs", credential_type: "public_key", pem: newKey(), alg: "RS256" };
      const { id } = await tenant.call("POST", `${applicationTarget(tenant)}/credentials`, body);
      remember(tenant, "key", id);
      await tenant.call("PATCH", applicationTarget(tenant), {
        client_authentication_methods: { private_key_jwt: { credentials: [{ id }] } },
        token_endpoint_auth_method: null,
      });
    },
    async undo(tenant) {
      await tenant.call("PATCH", applicationTarget(tenant), {
        client_authentication_methods: null,
        token_endpoint_auth_method: "client_secret_post",
      });
      await tenant.call("DELETE", `${applicationTarget(tenant)}/credentials/${recall(tenant, "key")}`);
    },
    expected: (tenant) => [
      {
        kind: "changed",
        path: `${application}.token_endpoint_auth_method`,
        expected: "client_secret_post",
        actual: "private_key_jwt",
        severity: "medium",
      },
      {
        kind: "unmanaged",
        path: `${application}.credentials.${recall(tenant, "key")}`,
        expected: null,
        actual: { attached: true },
        severity: "high",
      },
    ],
  },
];

/** On an application that signs its assertions with the key of `job.pem`. */
export const keyMutations: readonly Mutation[] = [
  {
    name: "the application may use a secret again",
    change: (tenant) =>
      tenant.call("PATCH", applicationTarget(tenant), {
        client_authentication_methods: null,
        token_endpoint_auth_method: "client_secret_post",
      }),
    async undo(tenant) {
      await tenant.call("PATCH", applicationTarget(tenant), {
        client_authentication_methods: {
          private_key_jwt: { credentials: [{ id: (await ownCredential(tenant)).id }] },
        },
        token_endpoint_auth_method: null,
      });
    },
    expected: () => [
      {
        kind: "changed",
        path: `${application}.token_endpoint_auth_method`,
        expected: "private_key_jwt",
        actual: "client_secret_post",
        severity: "high",
      },
    ],
  },
  {
    name: "a second key is attached",
    async change(tenant) {
      const own = await ownCredential(tenant);
      const body = { name: "theirs", credential_type: "public_key", pem: newKey(), alg: "RS256" };
      const { id } = await tenant.call("POST", `${applicationTarget(tenant)}/credentials`, body);
      remember(tenant, "key", id);
      await attach(tenant, [own.id, id]);
    },
    async undo(tenant) {
      await attach(tenant, [(await ownCredential(tenant)).id]);
      await tenant.call("DELETE", `${applicationTarget(tenant)}/credentials/${recall(tenant, "key")}`);
    },
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${application}.credentials.${recall(tenant, "key")}`,
        expected: null,
        actual: { name: "theirs", attached: true },
        severity: "high",
      },
    ],
  },
  {
    name: "the key is exchanged",
    async change(tenant) {
      const body = { name: "theirs", credential_type: "public_key", pem: newKey(), alg: "RS256" };
      const { id } = await tenant.call("POST", `${applicationTarget(tenant)}/credentials`, body);
      remember(tenant, "key", id);
      await attach(tenant, [id]);
    },
    async undo(tenant) {
      await attach(tenant, [(await ownCredential(tenant)).id]);
      await tenant.call("DELETE", `${applicationTarget(tenant)}/credentials/${recall(tenant, "key")}`);
    },
    expected: (tenant) => [
      {
        kind: "missing",
        path: `${application}.credentials${bracketed(ownKey(tenant))}`,
        expected: { kid: ownKey(tenant), file: "job.pem" },
        actual: { kid: ownKey(tenant), attached: false },
        severity: "medium",
      },
      {
        kind: "unmanaged",
        path: `${application}.credentials.${recall(tenant, "key")}`,
        expected: null,
        actual: { attached: true },
        severity: "high",
      },
    ],
  },
  {
    name: "the key is given an end",
    async change(tenant) {
      const { id } = await ownCredential(tenant);
      await tenant.call("PATCH", `${applicationTarget(tenant)}/credentials/${id}`, {
        expires_at: "2031-01-01T00:00:00.000Z",
      });
    },
    expected: (tenant) => [
      {
        kind: "changed",
        path: `${application}.credentials${bracketed(ownKey(tenant))}.expires_at`,
        expected: null,
        actual: "2031-01-01T00:00:00.000Z",
        severity: "medium",
      },
    ],
  },
];

const ownKey = ({ model }: DriftTenant) =>
  model.applications["import-job"]?.publicKeys?.[0]?.keyId ?? "no key";

async function ownCredential(tenant: DriftTenant): Promise<Body> {
  const list = (await tenant.call("GET", `${applicationTarget(tenant)}/credentials`)) as unknown as Body[];
  const own = list.find(({ kid }) => kid === ownKey(tenant));
  if (!own) throw new Error("The declared key is not there.");
  return own;
}

function attach(tenant: DriftTenant, ids: readonly unknown[]) {
  return tenant.call("PATCH", applicationTarget(tenant), {
    client_authentication_methods: { private_key_jwt: { credentials: ids.map((id) => ({ id })) } },
  });
}
