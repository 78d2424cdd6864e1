/** `auth0-m2m rotate`: new keys and secrets, without the job losing its access. */
import { defineGroup } from "../../terminal/command.ts";
import { rotateKey } from "./key/command.ts";
import { rotateSecret } from "./secret/command.ts";
import { rotateSigningKey } from "./signingKey/command.ts";

export const rotate = defineGroup({
  command: "rotate",
  describe: "Rotate the tenant's signing key, an application's secret, or its private key",
  demand: "Name what to rotate: signing-key, secret or key.",
  examples: [
    ["$0 rotate secret --stack dev", "A new secret for the import job"],
    ["$0 rotate key --stack dev", "A new key pair, for an application that signs its own assertions"],
    ["$0 rotate signing-key --stack dev", "The next key signs the tenant's tokens"],
  ],
  commands: [rotateSigningKey, rotateSecret, rotateKey],
});
