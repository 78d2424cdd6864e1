/** The local tenant's identifiers from a seed, odd ones more often than chance gives them: to be put in place of its own. */
import type * as identifiers from "../../local/tenant/identifiers.ts";

const digits = "0123456789";
const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const letters = `${capitals}${capitals.toLowerCase()}`;
const alphanumeric = `${letters}${digits}`;
const base58 = alphanumeric.replaceAll(/[0OIl]/g, "");
const urlSafe = `${alphanumeric}-_`;

/** Mulberry32: the same numbers in [0, 1) for the same seed. */
export function seededNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** As the module of the local tenant that makes them. @param next Numbers in [0, 1). */
export function seededIdentifiers(next: () => number): typeof identifiers {
  const pick = (alphabet: string) => alphabet[Math.floor(next() * alphabet.length)] ?? "";
  const text = (alphabet: string, length: number, odd: readonly string[]) => {
    // Half of them all of one kind, or with a first character that parsers stumble over.
    const kind = next() < 0.5 ? odd[Math.floor(next() * odd.length)] : undefined;
    const whole = kind !== undefined && kind.length > 2;
    const rest = Array.from({ length }, () => pick(whole ? kind : alphabet)).join("");
    return kind === undefined || whole ? rest : `${kind[0]}${rest.slice(1)}`;
  };
  // An id of a single case would look like a word or a number; Auth0's own chance of one is nil.
  const word = (length: number) => text(alphanumeric, length, [letters, "0", "9", "e"]);
  return {
    resourceServerId: (now) =>
      Math.floor(now / 1000)
        .toString(16)
        .padStart(8, "0")
        .slice(-8) + text("0123456789abcdef", 16, [digits, "abcdef", "e"]),
    clientId: () => word(32),
    strictClientId: () => `tpc_${text(base58, 22, ["1", "e"])}`,
    clientSecret: () => text(urlSafe, 64, ["-", "_", letters, "0"]),
    clientGrantId: () => `cgr_${word(16)}`,
    credentialId: () => `cred_${text(base58, 22, ["1", "e"])}`,
    connectionId: () => `con_${word(16)}`,
    organizationId: () => `org_${word(16)}`,
    signingSecret: () => word(32),
    signingKeyId: () => text(urlSafe, 21, ["-", "_", letters, "0"]),
    tokenId: () => word(22),
  };
}
