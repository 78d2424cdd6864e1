/** `auth0-m2m rotate`: new keys and secrets, without the job losing its access. */
import type { Group } from "../../terminal/command.ts";
import { rotateKey } from "./key/command.ts";
import { rotateSecret } from "./secret/command.ts";
import { rotateSigningKey } from "./signingKey/command.ts";

export const rotate: Group = {
  name: "rotate",
  describe: "Rotate the tenant's signing key, an application's secret, or its private key",
  demand: "Name what to rotate: signing-key, secret or key.",
  examples: [
    ["$0 rotate secret --stack dev", "Give the import job a new secret"],
    ["$0 rotate key --stack dev", "Give an application that signs its own assertions a new key pair"],
    ["$0 rotate signing-key --stack dev", "Sign the tenant's tokens with the next key"],
  ],
  commands: [rotateSigningKey, rotateSecret, rotateKey],
};
