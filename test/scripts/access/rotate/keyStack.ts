/** A local stack whose import job signs its own assertions, with its private key in a file. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeKeyPair } from "../../../../scripts/access/rotate/key/keyPair.ts";
import { type LocalStack, startLocal } from "../../../helpers/localStack.ts";
import { bringUp } from "./local.ts";

export interface KeyStack {
  readonly stack: LocalStack;
  /** The import job's. */
  readonly clientId: string;
  /** Where the job reads its private key. */
  readonly privateKeyFile: string;
  /** The list of public keys as the model's file writes it, with what follows on its line. */
  listed(): string | undefined;
}

/** Starts it and brings it up. */
export async function startKeyStack(): Promise<KeyStack> {
  const pair = await makeKeyPair(2048);
  const stack = await startLocal();
  const privateKeyFile = path.join(stack.folder, "private/job.pem");
  mkdirSync(path.join(stack.folder, "keys"));
  mkdirSync(path.dirname(privateKeyFile));
  writeFileSync(path.join(stack.folder, "keys/first.pem"), pair.publicKey);
  writeFileSync(privateKeyFile, pair.privateKey, { mode: 0o600 });
  await stack.setModel(
    readFileSync(stack.modelFile, "utf8").replace(
      /authentication: client_secret_post.*/,
      "authentication: private_key_jwt # no secret\n    publicKeys: [keys/first.pem] # one of two",
    ),
  );
  const outputs = await bringUp(stack);
  return {
    stack,
    clientId: outputs.applications["import-job"]?.clientId ?? "",
    privateKeyFile,
    listed: () => /publicKeys: (.*)/.exec(readFileSync(stack.modelFile, "utf8"))?.[1],
  };
}
