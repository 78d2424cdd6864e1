// Starts a command line from its bundle or its sources. Plain JavaScript that every Node since 14 can parse, so that
// one that is too old gets a message and not a syntax error.
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const bundle = path.join(root, "dist");

/** Starts the command line `name`, whose sources begin in the file `source`, relative to the checkout. */
export function launch(name, source) {
  if (major < 22 || (major === 22 && minor < 18)) {
    process.stderr.write(
      `${name} needs Node 22.18 or newer; this is ${process.versions.node}.\n` +
        `\`npm ci\` in its checkout installs one: ${path.join(root, "node_modules", ".bin", "node")}\n`,
    );
    process.exitCode = 2;
    return;
  }
  // Halves the start. Not in the shared temporary folder, where others could plant code.
  createRequire(import.meta.url)("node:module").enableCompileCache(
    path.join(root, "node_modules", ".cache", "auth0-m2m"),
  );
  // Zod's own place for `z.config()`, read when it is loaded, before any schema is made. Compiling a validator takes
  // longer than the few objects that a command reads with it.
  globalThis.__zod_globalConfig = { jitless: true };
  const main = isCurrent(bundle) ? path.join(bundle, `${name}.js`) : path.join(root, source);
  import(pathToFileURL(main).href).then(({ start }) => start());
}

// A bundle older than one of its sources is not used: without this check, a source that was edited or pulled after
// `npm ci` would have no effect, with nothing to show for it. Looking at some 290 files costs 1 ms, and some ten
// times that where the system has not got them at hand.
function isCurrent(folder) {
  try {
    const list = path.join(folder, "sources.json");
    const { mtimeMs } = statSync(list);
    return JSON.parse(readFileSync(list, "utf8")).every(
      (file) => statSync(path.join(root, file)).mtimeMs <= mtimeMs,
    );
  } catch {
    return false;
  }
}
