/** Which application asks for a token, and whether it proves that it is the one. */
import { hash, timingSafeEqual } from "node:crypto";
import { verifyAssertion } from "./clientAssertion.ts";
import { tokenError } from "./errors.ts";
import type { Client } from "./store/clients.ts";
import type { Tenant } from "./tenant.ts";

/** The parameters of a token request, those of the body and of the Authorization header together. */
export type TokenParameters = Readonly<Record<string, string>>;

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** One answer for an unknown application and for a wrong secret, so that the caller cannot learn which it was. */
const refused = () => tokenError(401, "access_denied", "Unauthorized");

/** @throws Refusal 401. @see RFC 6749 section 2.3, RFC 7523 section 2.2 */
export async function authenticateClient(
  tenant: Tenant,
  findClient: (clientId: string) => Client | undefined,
  parameters: TokenParameters,
  authorization: string | undefined,
): Promise<Client> {
  if (parameters.client_assertion !== undefined || parameters.client_assertion_type !== undefined) {
    if (parameters.client_assertion_type !== assertionType) {
      throw tokenError(400, "invalid_request", `client_assertion_type must be ${assertionType}`);
    }
    return verifyAssertion(tenant, parameters.client_assertion ?? "", parameters.client_id);
  }
  const basic = readBasic(authorization);
  const clientId = basic?.clientId ?? parameters.client_id;
  if (clientId === undefined || clientId === "") throw refused();
  const client = findClient(clientId);
  if (!client || client.isGlobal) throw refused();
  const method = client.body.token_endpoint_auth_method;
  const secret = basic?.clientSecret ?? parameters.client_secret;
  // Credentials other than a secret replace it; a public application has none to show.
  if (client.body.client_authentication_methods || method === "none") throw refused();
  // The configured method decides how the secret travels; one that was never configured leaves both open.
  if ((method === "client_secret_post" && basic) || (method === "client_secret_basic" && !basic))
    throw refused();
  if (secret === undefined || !sameSecret(secret, client.clientSecret)) throw refused();
  return client;
}

/** RFC 6749 section 2.3.1: both parts are form-encoded, which changes nothing for Auth0's alphabets. */
export function readBasic(
  header: string | undefined,
): { clientId: string; clientSecret: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=_-]+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { clientId: formDecode(text.slice(0, colon)), clientSecret: formDecode(text.slice(colon + 1)) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

// Hashing first makes the lengths equal, so that the comparison's time reveals nothing.
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => hash("sha256", text, "buffer");
  return timingSafeEqual(digest(given), digest(expected));
}
