/** Whether the passphrase that encrypts a stack's secrets is at hand, and the right one, before the engine needs it. */
import { createDecipheriv, pbkdf2 } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { parseDocument } from "yaml";
import { z } from "zod";
import { errorCode, exitCodes, ToolError } from "../../lib/errors.ts";
import { readIfPresent } from "../../lib/files.ts";

export interface PassphraseStack {
  readonly name: string;
  readonly root: string;
  readonly settingsFile: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/**
 * Tries the passphrase as the engine will. Where another way of encryption is chosen, or it is not known which, nothing is
 * asked for.
 * @throws {ToolError} `passphrase_missing` or `passphrase_wrong`, exit 2
 */
export async function assertPassphrase(stack: PassphraseStack): Promise<void> {
  const { salt, provider } = await encryptionOf(stack.settingsFile);
  const isChosen = salt !== undefined || provider === "passphrase";
  const isDefault = provider === undefined && isSelfManaged(stack.env.PULUMI_BACKEND_URL);
  if (!isChosen && !isDefault) return;
  const passphrase = passphraseOf(stack);
  if (passphrase === undefined) {
    throw passphraseError(
      "missing",
      `The secrets of stack ${stack.name} are encrypted with a passphrase, and none is set.`,
    );
  }
  if (salt !== undefined && !(await opens(passphrase, salt))) {
    throw passphraseError("wrong", `The passphrase that is set is not that of stack ${stack.name}.`);
  }
}

export function passphraseError(what: "missing" | "wrong", message: string): ToolError {
  return new ToolError(`passphrase_${what}`, message, {
    exitCode: exitCodes.usage,
    hint: "Set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it.",
  });
}

const settingsSchema = z.looseObject({
  encryptionsalt: z.string().optional(),
  secretsprovider: z.string().optional(),
});

/** A file that cannot be read as YAML is reported by those who read the model from it. */
async function encryptionOf(
  file: string,
): Promise<{ salt?: string | undefined; provider?: string | undefined }> {
  const document = parseDocument((await readIfPresent(file)) ?? "");
  const settings = settingsSchema.safeParse(document.errors.length > 0 ? {} : document.toJS());
  return { salt: settings.data?.encryptionsalt, provider: settings.data?.secretsprovider };
}

/** Pulumi Cloud encrypts by itself; in a store of the user's own the default is a passphrase. */
function isSelfManaged(backend: string | undefined): boolean {
  return /^(file|s3|gs|azblob):\/\//.test(backend ?? "");
}

/** As the engine reads it: an empty one counts, and a file may end with a line break. */
function passphraseOf({ name, root, env }: PassphraseStack): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = env;
  if (passphrase !== undefined) return passphrase;
  if (!file) return undefined;
  try {
    return readFileSync(path.resolve(root, file), "utf8").trim();
  } catch (error) {
    const reason = errorCode(error) ?? "unknown reason";
    throw passphraseError(
      "missing",
      `The passphrase of stack ${name} cannot be read from ${file} (${reason}).`,
    );
  }
}

/**
 * @param salt `v1:<salt>:v1:<nonce>:<the word pulumi, encrypted>`, each base64 (Pulumi: pkg/secrets/passphrase/manager.go).
 * Another form is left for the engine to judge.
 */
async function opens(passphrase: string, salt: string): Promise<boolean> {
  const parts = salt.split(":");
  if (parts.length !== 5 || parts[0] !== "v1" || parts[2] !== "v1") return true;
  const [, grains, , nonce, text] = parts.map((part) => Buffer.from(part, "base64"));
  if (!grains || !nonce || !text || text.length < tagLength) return true;
  const key = await promisify(pbkdf2)(passphrase, grains, 1_000_000, 32, "sha256");
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAuthTag(text.subarray(-tagLength));
  try {
    decipher.update(text.subarray(0, -tagLength));
    decipher.final();
    return true;
  } catch {
    return false;
  }
}

const tagLength = 16;
