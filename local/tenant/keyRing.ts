/** The tenant's signing keys at work: made at first start, imported once, rotated and revoked as Auth0 does. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSigningMaterial, type SigningMaterial } from "./certificates.ts";
import type { Clock } from "./clock.ts";
import { apiError } from "./errors.ts";
import { signingKeyId } from "./identifiers.ts";
import type { JsonObject } from "./json.ts";
import type { SigningKey } from "./store/signingKeys.ts";
import type { Store } from "./store.ts";

/** The key and certificate that `signing_keys` of every application shows; it signs no token. */
export interface ApplicationCertificate extends JsonObject {
  cert: string;
  key: string;
  pkcs7: string;
}

export interface KeyRing {
  /** The current key. */
  signer(): Promise<{ kid: string; key: KeyObject }>;
  /** The public half of a key that is not revoked. */
  verifier(kid: string): Promise<KeyObject | undefined>;
  applicationCertificate(): Promise<ApplicationCertificate>;
  /** The keys of `/.well-known/jwks.json`: current, next, and previous until it is revoked. */
  published(): Promise<JsonObject[]>;
  /** next becomes current, current becomes previous, and a new next is made. */
  rotate(): Promise<SigningKey>;
  /** Only the previous key can be revoked. */
  revoke(kid: string): Promise<SigningKey>;
  /** Until every key of the first start is made and kept. */
  settled(): Promise<void>;
}

interface ImportedKey {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

const certificateFact = "application_certificate";

export function createKeyRing(store: Store, clock: Clock, commonName: () => string): KeyRing {
  const cache = new Map<string, ImportedKey>();
  const make = () => createSigningMaterial(commonName(), clock.now());
  /** The current key, read once until it is rotated. */
  let signing: { kid: string; key: KeyObject } | undefined;
  // Made side by side, since finding primes takes most of a first start.
  const current = existing("current") ?? make().then((material) => keep(material, "current"));
  const next = existing("next") ?? current.then(make).then((material) => keep(material, "next"));
  const application =
    promised(store.facts.get<ApplicationCertificate>(certificateFact)) ??
    current.then(makeApplicationCertificate);
  const settled = Promise.all([current, next, application]);
  // Callers that need a key await it and see the failure; without this line it would end the process.
  settled.catch(() => undefined);

  function existing(state: "current" | "next"): Promise<SigningKey> | undefined {
    return promised(store.signingKeys.inState(state));
  }

  function keep(material: SigningMaterial, state: "current" | "next"): SigningKey {
    const key = signingKeyOf(material, state, clock.now());
    store.signingKeys.insert(key);
    return key;
  }

  async function makeApplicationCertificate(): Promise<ApplicationCertificate> {
    const { cert, pkcs7, privateKey } = await make();
    const made = { cert, key: privateKey.trimEnd().replaceAll("\n", "\r\n"), pkcs7 };
    store.facts.set(certificateFact, made);
    return made;
  }

  async function inState(state: "current" | "previous" | "next"): Promise<SigningKey | undefined> {
    await (state === "next" ? next : current);
    return store.signingKeys.inState(state);
  }

  function imported({ kid, privateKey }: SigningKey): ImportedKey {
    const found = cache.get(kid) ?? {
      privateKey: createPrivateKey(privateKey),
      publicKey: createPublicKey(privateKey),
    };
    cache.set(kid, found);
    return found;
  }

  return {
    async signer() {
      if (signing) return signing;
      const key = await inState("current");
      if (!key) throw new Error("The tenant has no signing key.");
      signing = { kid: key.kid, key: imported(key).privateKey };
      return signing;
    },
    async verifier(kid) {
      await current;
      const key = store.signingKeys.byKid(kid);
      return key && key.state !== "revoked" ? imported(key).publicKey : undefined;
    },
    applicationCertificate: () => application,
    async published() {
      const keys = [await inState("current"), await inState("next"), await inState("previous")];
      return keys.filter((key) => key !== undefined).map(toJwk);
    },
    async rotate() {
      const made = await make();
      await settled;
      signing = undefined;
      return store.transaction(() => {
        const now = new Date(clock.now()).toISOString();
        for (const key of store.signingKeys.list()) {
          // Auth0 keeps one previous key; what happens to an older one that nobody revoked is our choice.
          if (key.state === "previous") store.signingKeys.update(revokedAt(key, now));
          if (key.state === "current") {
            store.signingKeys.update({
              ...key,
              state: "previous",
              body: { ...key.body, current_until: now },
            });
          }
          if (key.state === "next") {
            store.signingKeys.update({ ...key, state: "current", body: { ...key.body, current_since: now } });
          }
        }
        return keep(made, "next");
      });
    },
    async revoke(kid) {
      await settled;
      const key = store.signingKeys.byKid(kid);
      if (!key) throw apiError(404, "Signing key not found.", "inexistent_signing_key");
      if (key.state !== "previous")
        throw apiError(400, "Only the previous signing key can be revoked.", "bad_request");
      const revoked = revokedAt(key, new Date(clock.now()).toISOString());
      store.signingKeys.update(revoked);
      return revoked;
    },
    async settled() {
      await settled;
    },
  };
}

function revokedAt(key: SigningKey, moment: string): SigningKey {
  return { ...key, state: "revoked", body: { ...key.body, revoked_at: moment } };
}

function promised<Value>(value: Value | undefined): Promise<Value> | undefined {
  return value === undefined ? undefined : Promise.resolve(value);
}

function signingKeyOf(material: SigningMaterial, state: "current" | "next", now: number): SigningKey {
  const { cert, pkcs7, thumbprint } = material;
  const fingerprint = thumbprint.match(/../g)?.join(":") ?? "";
  const body: JsonObject = { cert, pkcs7, fingerprint, thumbprint };
  if (state === "current") body.current_since = new Date(now).toISOString();
  return { kid: signingKeyId(), state, privateKey: material.privateKey, body };
}

function toJwk(key: SigningKey): JsonObject {
  const certificate = new X509Certificate(String(key.body.cert));
  const { n, e } = certificate.publicKey.export({ format: "jwk" });
  // Auth0 encodes the hex text of the digest, not the digest.
  const sha1 = createHash("sha1").update(certificate.raw).digest("hex").toUpperCase();
  return {
    alg: "RS256",
    kty: "RSA",
    use: "sig",
    x5c: [certificate.raw.toString("base64")],
    n: String(n),
    e: String(e),
    kid: key.kid,
    x5t: Buffer.from(sha1).toString("base64"),
  };
}
