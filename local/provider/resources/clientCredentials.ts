/** `auth0.ClientCredentials`: how an application proves who it is. */
import type { Table } from "../schema.ts";
import { unsupported } from "../schema.ts";
import type { ManagementApi } from "../tenant.ts";
import { isObject, type Properties, type Value } from "../values.ts";
import { type Body, fromAnswer, inSetOrder } from "../wire.ts";
import {
  attach,
  credentialBody,
  credentialProperties,
  credentialsIn,
  detach,
  readCredentials,
  rotate,
} from "./clientKeys.ts";
import { absentWhen404, type Change, type CheckFailure, type ResourceType } from "./resourceType.ts";

const properties = {
  clientId: { wire: "client_id", type: "string", required: true, replace: true },
  authenticationMethod: {
    wire: "token_endpoint_auth_method",
    type: "string",
    computed: true,
    values: [
      "none",
      "client_secret_post",
      "client_secret_basic",
      "private_key_jwt",
      "tls_client_auth",
      "self_signed_tls_client_auth",
    ],
  },
  clientSecret: { wire: "client_secret", type: "string", computed: true, secret: true },
  clientSecretWo: { wire: "client_secret", type: "string", secret: true, writeOnly: true },
  clientSecretWoVersion: { wire: "", type: "integer", sent: "never" },
  privateKeyJwt: {
    wire: "private_key_jwt",
    type: "object",
    properties: {
      credentials: { wire: "credentials", type: "set", required: true, properties: credentialProperties },
    },
  },
  ...unsupported("selfSignedTlsClientAuth", "signedRequestObject", "tlsClientAuth"),
} satisfies Table;

export const clientCredentials: ResourceType = {
  type: "auth0:index/clientCredentials:ClientCredentials",
  title: "credentials of the application",
  properties,
  validate,

  async create(tenant, inputs, made) {
    const clientId = String(inputs.clientId);
    await tenant.clients.get(clientId, ["client_id"]);
    made(clientId);
    switch (inputs.authenticationMethod) {
      case "private_key_jwt": {
        const ids: string[] = [];
        for (const credential of inSetOrder(credentialProperties, credentialsIn(inputs))) {
          const { id } = await tenant.credentials.create(clientId, credentialBody(credential));
          ids.push(String(id));
        }
        await attach(tenant, clientId, ids);
        break;
      }
      case "client_secret_post":
      case "client_secret_basic":
        await tenant.clients.update(clientId, { token_endpoint_auth_method: inputs.authenticationMethod });
        await setSecret(tenant, clientId, inputs.clientSecretWo ?? inputs.clientSecret);
        break;
      case "none":
        await tenant.clients.update(clientId, { token_endpoint_auth_method: "none" });
        break;
    }
  },

  read(tenant, id, known) {
    return absentWhen404(async () => {
      const answer = await tenant.clients.get(id);
      return { id, outputs: await outputsOf(tenant, id, answer, known) };
    });
  },

  async update(tenant, change) {
    const { id, state, inputs, changed } = change;
    await tenant.clients.get(id, ["client_id"]);
    const method = inputs.authenticationMethod ?? state.authenticationMethod;
    if (
      changed.has("authenticationMethod") &&
      state.authenticationMethod === "private_key_jwt" &&
      method !== "private_key_jwt"
    ) {
      await dropKeys(tenant, id, String(method));
    }
    switch (method) {
      case "private_key_jwt":
        if (changed.has("privateKeyJwt")) {
          await rotate(tenant, id, credentialsIn(state), credentialsIn(inputs));
        }
        break;
      case "client_secret_post":
      case "client_secret_basic":
      case "none":
        if (changed.has("authenticationMethod")) {
          await tenant.clients.update(id, { token_endpoint_auth_method: method });
        }
        if (method !== "none") await setSecret(tenant, id, newSecret(change));
        break;
    }
  },

  async remove(tenant, { id }) {
    const answer = await absentWhen404(() => tenant.clients.get(id, ["client_id", "app_type"]));
    if (!answer) return;
    const method = defaultMethod(answer);
    if (!(await dropKeys(tenant, id, method))) {
      await tenant.clients.update(id, { token_endpoint_auth_method: method });
    }
  },
};

/** Takes all keys off an application and deletes them; false when it had none. */
async function dropKeys(tenant: ManagementApi, clientId: string, method: string): Promise<boolean> {
  const credentials = await tenant.credentials.list(clientId);
  if (credentials.length === 0) return false;
  await detach(tenant, clientId, method);
  for (const { id } of credentials) await tenant.credentials.delete(clientId, String(id));
  return true;
}

async function setSecret(tenant: ManagementApi, clientId: string, secret: Value | undefined): Promise<void> {
  if (typeof secret === "string") await tenant.clients.update(clientId, { client_secret: secret });
}

function newSecret({ inputs, changed }: Change): Value | undefined {
  if (inputs.clientSecretWo !== undefined) {
    return changed.has("clientSecretWoVersion") ? inputs.clientSecretWo : undefined;
  }
  return changed.has("clientSecret") ? inputs.clientSecret : undefined;
}

/** The method of an application that has never been given one. */
function defaultMethod(answer: Body): string {
  switch (answer.app_type) {
    case "native":
    case "spa":
      return "none";
    case "regular_web":
    case "non_interactive":
      return "client_secret_post";
    default:
      return "client_secret_basic";
  }
}

async function outputsOf(
  tenant: ManagementApi,
  id: string,
  answer: Body,
  known: Properties,
): Promise<Properties> {
  const outputs = fromAnswer(properties, answer);
  delete outputs.privateKeyJwt;
  delete outputs.clientSecretWoVersion;
  if (known.clientSecretWoVersion !== undefined) {
    outputs.clientSecretWoVersion = known.clientSecretWoVersion;
    delete outputs.clientSecret;
  }
  const methods = answer.client_authentication_methods as
    | Record<string, { credentials?: { id: string }[] }>
    | undefined;
  if (methods?.private_key_jwt) {
    const ids = (methods.private_key_jwt.credentials ?? []).map((credential) => credential.id);
    outputs.authenticationMethod = "private_key_jwt";
    outputs.privateKeyJwt = { credentials: await readCredentials(tenant, id, ids, credentialsIn(known)) };
  } else if (outputs.authenticationMethod === "") {
    outputs.authenticationMethod = defaultMethod(answer);
  }
  return outputs;
}

function validate(inputs: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const conflict = (property: string, others: string[]) => {
    for (const other of others) {
      if (inputs[property] === undefined || inputs[other] === undefined) continue;
      failures.push({ property, reason: `conflicts with \`${other}\`: give one of the two` });
    }
  };
  conflict("privateKeyJwt", ["clientSecret", "clientSecretWo"]);
  conflict("clientSecretWo", ["clientSecret"]);
  if ((inputs.clientSecretWo === undefined) !== (inputs.clientSecretWoVersion === undefined)) {
    failures.push({
      property: "clientSecretWoVersion",
      reason: "`clientSecretWo` and `clientSecretWoVersion` go together: give both or neither",
    });
  }
  const method = inputs.authenticationMethod;
  if (method === "tls_client_auth" || method === "self_signed_tls_client_auth") {
    failures.push({
      property: "authenticationMethod",
      reason: `"${method}" is not supported by the bundled provider; the official auth0 plugin has it`,
    });
  }
  const keys = isObject(inputs.privateKeyJwt) ? inputs.privateKeyJwt.credentials : undefined;
  if (
    method === "private_key_jwt" &&
    (inputs.privateKeyJwt === undefined || (Array.isArray(keys) && !keys.length))
  ) {
    failures.push({
      property: "privateKeyJwt",
      reason: '"private_key_jwt" needs `privateKeyJwt.credentials`',
    });
  }
  if (Array.isArray(keys) && keys.length > 2) {
    failures.push({ property: "privateKeyJwt.credentials", reason: "takes at most 2 credentials" });
  }
  return failures;
}
