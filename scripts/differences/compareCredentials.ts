/** Differences in how one application proves who it is: its method, and the keys it may sign with. */
import type { Application } from "../../infra/accessModel.ts";
import { whenWeakerMethod } from "../../infra/model/properties/application.ts";
import type { WireApplication, WireCredential } from "../tenant/objects.ts";
import { attachedCredentials, authenticationOf } from "../tenant/objects.ts";
import type { Comparison } from "./comparison.ts";
import { type Finding, finding, type Json } from "./finding.ts";
import { byHand, putBack, restore, restoreOrDeclare } from "./fixes.ts";
import { element } from "./paths.ts";
import { shown } from "./properties.ts";
import { credentialsResource } from "./resources.ts";

/** What the component sets for every key. */
export const algorithm = "RS256";

export function compareCredentials(
  { view }: Comparison,
  application: Application,
  found: WireApplication,
): Finding[] {
  if (application.credentials === "elsewhere") return [];
  const method = authenticationOf(found);
  const changed =
    method === application.authentication ? [] : [methodChanged(application, found.client_id, method)];
  const credentials = view.credentials[application.key];
  return credentials ? [...changed, ...keys(application, found, method, credentials)] : changed;
}

function methodChanged(application: Application, clientId: string, method: string): Finding {
  const expected = application.authentication;
  const weakened = whenWeakerMethod(expected, method);
  return finding({
    kind: "changed",
    weakened,
    resource: credentialsResource(application, clientId),
    property: "token_endpoint_auth_method",
    expected,
    actual: method,
    message: `The application authenticates by ${method} instead of ${expected}${weakened ? ", which is weaker" : ""}.`,
    fix: method.startsWith("client_secret")
      ? restoreOrDeclare(
          { applications: { [application.key]: { authentication: method } } },
          application.publicKeys ? ", without its publicKeys" : "",
        )
      : restore(),
  });
}

function keys(
  application: Application,
  found: WireApplication,
  method: string,
  credentials: readonly WireCredential[],
): Finding[] {
  const attached = attachedCredentials(found);
  const declared = application.publicKeys ?? [];
  const used = new Set<WireCredential>();
  const findings = declared.flatMap(({ keyId, file }): Finding[] => {
    const same = credentials.filter(({ kid }) => kid === keyId);
    const credential = same.find(({ id }) => attached.has(id)) ?? same[0];
    if (credential) used.add(credential);
    const property = element("credentials", keyId);
    if (!credential || (!attached.has(credential.id) && method === application.authentication)) {
      return [
        finding({
          kind: "missing",
          weakened: false,
          resource: credentialsResource(application, found.client_id, credential?.id),
          property,
          expected: { kid: keyId, file },
          actual: credential ? describe(credential, false) : null,
          message: credential
            ? `The public key ${file} is no longer attached to the application.`
            : `The application no longer has the public key ${file}.`,
          fix: putBack(),
        }),
      ];
    }
    return keyProperties(application, found.client_id, property, credential);
  });
  const added = credentials
    .filter((credential) => !used.has(credential))
    .map((credential) =>
      finding({
        kind: "unmanaged",
        weakened: true,
        resource: credentialsResource(application, found.client_id, credential.id),
        property: element("credentials", credential.id),
        expected: null,
        actual: describe(credential, attached.has(credential.id)),
        message: attached.has(credential.id)
          ? "A key that the model does not name can authenticate as this application."
          : "A key that the model does not name was uploaded to this application.",
        fix: byHand(
          `Remove the credential ${credential.id} in the application's settings, or list its PEM file under publicKeys.`,
        ),
        undoneByUp: true,
      }),
    );
  return [...findings, ...added];
}

function keyProperties(
  application: Application,
  clientId: string,
  property: string,
  credential: WireCredential,
): Finding[] {
  const expected: Readonly<Record<string, string | null>> = { alg: algorithm, expires_at: null };
  return Object.entries(expected).flatMap(([name, value]) => {
    const actual = credential[name] ?? null;
    if (actual === value) return [];
    return finding({
      kind: "changed",
      weakened: false,
      resource: credentialsResource(application, clientId, credential.id),
      property: `${property}.${name}`,
      expected: value,
      actual: shown(actual, name),
      message:
        name === "expires_at"
          ? `The public key was given an end: it works until ${actual}.`
          : `The public key is for ${actual} instead of ${value}.`,
      ...(name === "expires_at"
        ? withoutEnd(clientId, credential.id)
        : uploadedAnew(clientId, credential.id)),
    });
  });
}

/** The provider leaves an end that the program does not name as it is. */
function withoutEnd(clientId: string, id: string): Pick<Finding, "fix"> {
  return {
    fix: byHand(
      `Take the end away (Management API: PATCH clients/${clientId}/credentials/${id} with expires_at null), or exchange the key with auth0-m2m rotate key.`,
    ),
  };
}

/** Auth0 lets neither the algorithm be changed nor one key be there twice. */
function uploadedAnew(clientId: string, id: string): Pick<Finding, "fix" | "blocksUp"> {
  return {
    fix: byHand(
      `Detach the credential ${id} in the application's settings and delete it (Management API: DELETE clients/${clientId}/credentials/${id}), then run drift --fix; or exchange the key with auth0-m2m rotate key.`,
    ),
    blocksUp: "Auth0 takes the same key with another algorithm only once the first is deleted.",
  };
}

function describe(credential: WireCredential, attached: boolean): Json {
  const { id, kid, alg, name, credential_type, expires_at } = credential;
  const given = Object.entries({ kid, alg, name, credential_type, expires_at }).filter(([, value]) => value);
  return { id, ...Object.fromEntries(given), attached };
}
