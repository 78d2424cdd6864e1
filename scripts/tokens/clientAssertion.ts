/** The signed assertion by which an application proves itself without a secret (RFC 7523; Auth0: private_key_jwt). */
import { createPrivateKey, type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import type { AssertionAlgorithm } from "./assertionAlgorithms.ts";

/**
 * Signs an assertion for one token request: a minute of life, used once, the issuer with its slash as audience.
 * @param privateKey PEM, RSA; it is never quoted.
 * @throws {ToolError} `private_key_invalid`, exit 2.
 * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt
 */
export async function signClientAssertion(
  privateKey: string,
  clientId: string,
  issuer: string,
  algorithm: AssertionAlgorithm = "RS256",
): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: algorithm, typ: "JWT" })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime("60s")
    .sign(parsePrivateKey(privateKey));
}

function parsePrivateKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Reported below, without the cause: it may quote what it could not read.
  }
  if (key?.asymmetricKeyType === "rsa") return key;
  throw new ToolError("private_key_invalid", "The private key is not an unencrypted RSA key in PEM form.", {
    exitCode: exitCodes.usage,
    hint: "Name the file whose public half the application's credential holds.",
  });
}
