/** `timesheets rotate`: new keys and secrets, without the job losing its access. */
import type { CommandFactory } from "../lib/command.ts";
import { rotateKey } from "./key/command.ts";
import { rotateSecret } from "./secret/command.ts";
import { rotateSigningKey } from "./signingKey/command.ts";

export const rotate: CommandFactory = (context, finish) => ({
  command: "rotate",
  describe: "Rotate the tenant's signing key, an application's secret, or its private key",
  builder: (yargs) =>
    yargs
      .command(rotateSigningKey(context, finish))
      .command(rotateSecret(context, finish))
      .command(rotateKey(context, finish))
      .demandCommand(1, "Name what to rotate: signing-key, secret or key."),
  // Never reached: a subcommand is demanded.
  handler: () => {},
});
