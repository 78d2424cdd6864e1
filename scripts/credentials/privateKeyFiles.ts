/** The private keys of applications that sign their own assertions: files named by the user, readable by them alone. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { AccessModel } from "../../infra/accessModel.ts";
import { usageError } from "../../lib/errors.ts";
import { readPrivateFile } from "../../lib/privateFile.ts";
import type { Stack } from "../session/stack.ts";
import { stackFolder } from "../session/stackFolder.ts";
import type { Context } from "../terminal/command.ts";

/** Application key -> absolute path. */
export type PrivateKeyFiles = Readonly<Record<string, string>>;

/** Where `rotate key` puts an application's private key by default. */
export function defaultPrivateKeyFile(
  stack: Pick<Stack, "local" | "root" | "name">,
  application: string,
): string {
  return path.join(stackFolder(stack), "keys", `${application}.pem`);
}

/**
 * Reads `--private-key`: a file alone goes to the one application that takes a key, else `<application>=<file>`.
 * M2M_PRIVATE_KEY_FILE replaces a file alone, and where nothing is named, a key is looked for in its
 * default place.
 * @throws {ToolError} exit 2
 */
export function privateKeyFiles(
  values: readonly string[],
  model: Pick<AccessModel, "applications">,
  { cwd, env }: Pick<Context, "cwd" | "env">,
  stack: Pick<Stack, "local" | "root" | "name">,
): PrivateKeyFiles {
  const takers = Object.values(model.applications)
    .filter(({ authentication }) => authentication === "private_key_jwt")
    .map(({ key }) => key);
  const fromEnvironment = env.M2M_PRIVATE_KEY_FILE;
  const given = values.length > 0 ? values : fromEnvironment && takers.length === 1 ? [fromEnvironment] : [];
  if (given.length === 0) {
    const places = takers.map((key) => [key, defaultPrivateKeyFile(stack, key)] as const);
    return Object.fromEntries(places.filter(([, file]) => existsSync(file)));
  }
  return Object.fromEntries(
    given.map((value) => {
      const named = /^([a-z][a-z0-9-]*)=(.+)$/.exec(value);
      const [key, file] = named ? [named[1], named[2]] : [takers.length === 1 ? takers[0] : undefined, value];
      if (key !== undefined && takers.includes(key) && file) return [key, path.resolve(cwd, file)];
      throw usageError(
        `--private-key ${named ? `names ${key}, which` : "does not say which application it is for, and the model"} ${
          named ? "is no application with private_key_jwt." : `has ${takers.length} with private_key_jwt.`
        }`,
        takers.length > 0
          ? `Write --private-key <application>=<file> for one of: ${takers.join(", ")}.`
          : undefined,
      );
    }),
  );
}

/** The PEM texts. @throws {ToolError} exit 2 where a file cannot be read, or others can read it. */
export async function readPrivateKeys(files: PrivateKeyFiles): Promise<Record<string, string>> {
  const entries = Object.entries(files).map(
    async ([key, file]) => [key, await readPrivateFile(file)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
