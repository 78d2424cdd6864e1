/** X.509 certificates: the CA and server certificate of the tenant's TLS, and those around its signing keys. */
import { createHash, webcrypto } from "node:crypto";

export interface KeyAndCertificate {
  /** PKCS #8 PEM. */
  key: string;
  /** PEM with `\n`. */
  certificate: string;
}

export interface SigningMaterial {
  /** PKCS #8 PEM. */
  privateKey: string;
  /** PEM as the Management API shows it: lines end in `\r\n`, none at the end. */
  cert: string;
  pkcs7: string;
  /** SHA-1 of the certificate, upper-case hex. */
  thumbprint: string;
}

const day = 86_400_000;
const rsa: webcrypto.RsaHashedKeyGenParams = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const ec = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

// Only key generation needs the library, which takes longer to load than the rest of the tenant together.
async function library() {
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

/** A CA that can vouch for nothing but these hosts' certificate, and that certificate. */
export async function createTlsMaterial(
  hosts: readonly string[],
  now: number,
): Promise<{ authority: KeyAndCertificate; server: KeyAndCertificate }> {
  const [x509, authorityKeys, serverKeys] = await Promise.all([library(), generate(ec), generate(ec)]);
  const notBefore = new Date(now - day);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: "CN=Local Auth0-compatible tenant CA",
    notBefore,
    notAfter: new Date(now + 3650 * day),
    keys: authorityKeys,
    signingAlgorithm: ec,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const server = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: "CN=localhost",
    issuer: authority.subject,
    notBefore,
    notAfter: new Date(now + 825 * day),
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: ec,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({
          type: /^[\d.]+$|:/.test(host) ? ("ip" as const) : ("dns" as const),
          value: host,
        })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
    ],
  });
  return {
    authority: { key: await exportKey(authorityKeys), certificate: `${authority.toString("pem")}\n` },
    server: { key: await exportKey(serverKeys), certificate: `${server.toString("pem")}\n` },
  };
}

/** An RSA key of 2048 bits in a certificate that it signed itself, valid for about 13.7 years. */
export async function createSigningMaterial(commonName: string, now: number): Promise<SigningMaterial> {
  const [x509, keys] = await Promise.all([library(), generate(rsa)]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${commonName}`,
    notBefore: new Date(now),
    notAfter: new Date(now + 5000 * day),
    keys,
    signingAlgorithm: rsa,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const pkcs7 = new x509.X509Certificates([certificate]).export("raw");
  return {
    privateKey: await exportKey(keys),
    cert: pem("CERTIFICATE", certificate.rawData).trimEnd(),
    pkcs7: pem("PKCS7", pkcs7),
    thumbprint: createHash("sha1").update(new Uint8Array(certificate.rawData)).digest("hex").toUpperCase(),
  };
}

function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return Buffer.from(bytes).toString("hex");
}

async function generate(
  algorithm: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams,
): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

async function exportKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return pem("PRIVATE KEY", der).replaceAll("\r\n", "\n");
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\r\n");
}
