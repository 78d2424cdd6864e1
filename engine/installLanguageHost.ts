/** Puts our language host beside an engine that has none: a small shell script and the JavaScript it starts. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { makeFolder } from "../lib/folders.ts";

const source = path.join(import.meta.dirname, "languageHost");
const folderPrefix = "language-host-";
/** Node's compiled code, which is run: a folder that is closed to others, whatever the umask. */
const compileCache = "compile-cache";
const mark = "# Language host of auth0-m2m";

/**
 * True where `root/bin` has a language host that is to be left alone: the official one, or ours as it is now.
 *
 * @param root the installation's folder, as in {@link EnginePaths.root}
 */
export function hasLanguageHost(root: string): boolean {
  const script = path.join(root, "bin", "pulumi-language-nodejs");
  if (!existsSync(script)) return existsSync(`${script}.exe`);
  const content = readFileSync(script);
  if (!content.subarray(0, 200).includes(mark)) return true;
  return content.includes(fingerprint()) && existsSync(hostFolder(root, fingerprint()));
}

/** Every folder and file of our language hosts under `root`, whatever their state; compiled code is in a closed folder. */
export function languageHostFiles(root: string): string[] {
  if (!existsSync(root)) return [];
  const folders = readdirSync(root).filter((name) => name.startsWith(folderPrefix));
  return folders.flatMap((name) => {
    const folder = path.join(root, name);
    return [folder, ...readdirSync(folder).map((file) => path.join(folder, file))];
  });
}

/**
 * Installs our language host under `root`. Nothing in it refers to this checkout but, as a last resort, its Node.
 *
 * The JavaScript goes into a folder of its own first and the script is renamed into place last, so that an engine
 * that starts meanwhile finds either the old one or the new one, whole.
 */
export async function installLanguageHost(root: string): Promise<void> {
  const bin = path.join(root, "bin");
  makeFolder(bin, 0o755);
  const print = fingerprint();
  const staging = await mkdtemp(path.join(root, ".language-host-"));
  try {
    const scripts = path.join(staging, "scripts");
    await emit(scripts);
    makeFolder(path.join(scripts, compileCache));
    const folder = hostFolder(root, print);
    // A host that is running may write to its compile cache while the folder goes.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await rename(scripts, folder);
    const script = path.join(staging, "script");
    await writeFile(script, startScript(path.basename(folder), process.execPath), { mode: 0o755 });
    await rename(script, path.join(bin, "pulumi-language-nodejs"));
    for (const name of readdirSync(root)) {
      if (name.startsWith(folderPrefix) && name !== path.basename(folder)) {
        // An older one that is in use stays until the next time.
        await rm(path.join(root, name), { recursive: true, force: true }).catch(() => undefined);
      }
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function hostFolder(root: string, print: string): string {
  return path.join(root, `${folderPrefix}${print}`);
}

/** In a process of its own, since Node warns, on stderr, about the function that strips types. */
async function emit(target: string): Promise<void> {
  const script = readdirSync(source).find((name) => name === "emit.ts" || name === "emit.js");
  if (script === undefined) throw new Error(`${source} is not complete.`);
  await promisify(execFile)(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    path.join(source, script),
    target,
  ]);
}

/** Names the state of the host's source, so that an older installed copy is noticed. */
function fingerprint(): string {
  const hash = createHash("sha256").update(startScript("", ""));
  for (const name of readdirSync(source).sort())
    hash.update(name).update(readFileSync(path.join(source, name)));
  return hash.digest("hex").slice(0, 12);
}

/** The script looks for a Node from the program's folder upwards, then on PATH, then where this process has its own. */
function startScript(folder: string, node: string): string {
  return `#!/bin/sh
${mark}; \`auth0-m2m engine\` writes it.
folder=\${0%/*}/../${folder}
# A fifth off the time of every preview.
export NODE_COMPILE_CACHE="\${NODE_COMPILE_CACHE:-$folder/${compileCache}}"

start_with() {
  version=$("$1" --version 2>/dev/null) || return 1
  version=\${version#v}
  major=\${version%%.*}
  minor=\${version#*.}
  minor=\${minor%%.*}
  [ "$major" -gt 22 ] || { [ "$major" -eq 22 ] && [ "$minor" -ge 18 ]; } || return 1
  program=$1
  shift
  exec "$program" "$folder/serve.js" "$@"
}

directory=$PWD
while [ -n "$directory" ]; do
  start_with "$directory/node_modules/.bin/node" "$@"
  directory=\${directory%/*}
done
start_with node "$@"
start_with ${shellQuoted(node)} "$@"
echo "A Pulumi program here needs Node 22.18 or newer, on PATH or from npm ci in its folder." >&2
exit 1
`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
