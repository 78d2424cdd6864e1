/** Finds secrets that were put into a model, where they do not belong, without ever repeating them. */
import type { Path, Position, Problem } from "./problem.ts";
import { showPath } from "./problem.ts";

const secretNames = new Set([
  "accesstoken",
  "apikey",
  "apitoken",
  "clientsecret",
  "clientassertionprivatekey",
  "password",
  "passphrase",
  "privatekey",
  "secret",
  "signingsecret",
  "token",
]);

/** Under these paths the keys are the user's own names: an API may well be called "token". */
function isOwnName(path: Path): boolean {
  const [section, , field] = path;
  if (section === "foreignApis") return path.length === 1;
  if (section !== "apis" && section !== "applications") return false;
  return path.length === 1 || (path.length === 3 && (field === "scopes" || field === "grants"));
}

export type SecretKind = "name" | "encrypted" | "private key" | "token" | "random";

/** What makes a key look like a secret, by its name or by itself; `path` is the map that holds it. */
export function secretKey(key: string, path: Path): SecretKind | undefined {
  if (isOwnName(path)) return looksSecret(key);
  // How Pulumi stores what was set with --secret.
  if (key === "secure") return "encrypted";
  if (secretNames.has(key.toLowerCase().replace(/[-_.\s]/g, ""))) return "name";
  return looksSecret(key);
}

/** Finds PEM private keys, JWTs, and long runs of mixed letters and digits, as Auth0's client secrets are. */
export function looksSecret(text: string): SecretKind | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) return "private key";
  if (/eyJ[\w-]{8,}\.[\w-]{8,}\./.test(text)) return "token";
  for (const [word] of text.matchAll(/[A-Za-z0-9_-]{40,}/g)) {
    if (/[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word)) return "random";
  }
  return undefined;
}

/** Longer text is not repeated. */
const longestQuote = 80;

/** A text, number or truth value as a message may repeat it; undefined where it is long or might be a secret. */
export function quoted(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || value.length > longestQuote || looksSecret(value)) return undefined;
  return mayBeSecret(value) ? undefined : JSON.stringify(value);
}

/** Stricter than {@link looksSecret}, which stops a model: what is only repeated can be left out at no cost. */
function mayBeSecret(text: string): boolean {
  // Controls and marks of direction could change how the rest of the line reads.
  if (/[\p{Cc}\p{Cf}]/u.test(text)) return true;
  return [...text.matchAll(/[A-Za-z0-9_+/=-]{16,}/g)].some(
    ([word]) => /\d/.test(word) && (/^[0-9a-f-]+$/i.test(word) || (/[a-z]/.test(word) && /[A-Z]/.test(word))),
  );
}

const said: Record<SecretKind, string> = {
  name: "a secret has no place here",
  encrypted: "an encrypted value cannot be read here",
  "private key": "a private key stands here",
  token: "a token stands here",
  random: "what stands here looks like a secret",
};

/** The problem, without a character of the secret; `key` is given when the finding is about a key. */
export function secretProblem(kind: SecretKind, at: Position, path: Path, key?: string): Problem {
  const named = key !== undefined && (kind === "name" || kind === "encrypted");
  return {
    ...at,
    path: showPath(named ? [...path, key] : path),
    message: said[kind],
    fix:
      kind === "encrypted"
        ? "Set it again without --secret; a model needs no secrets, Auth0 makes them."
        : "Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
  };
}
