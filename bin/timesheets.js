#!/usr/bin/env node
// Plain JavaScript that every Node since 14 can parse, so that one that is too old is told so.
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const bundle = path.join(root, "dist");

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `timesheets needs Node 22.18 or newer; this is ${process.versions.node}.\n` +
      "Run it as `npx timesheets` or `npm start`: `npm ci` brings a Node that will do.\n",
  );
  process.exitCode = 2;
} else {
  // Halves the start. Not in the shared temporary folder, where others could plant code.
  createRequire(import.meta.url)("node:module").enableCompileCache(
    path.join(root, "node_modules", ".cache", "timesheets"),
  );
  const main = isCurrent(bundle)
    ? path.join(bundle, "timesheets.js")
    : path.join(root, "scripts", "terminal", "start.ts");
  import(pathToFileURL(main).href).then(({ start }) => start());
}

// Nobody is to wonder why an edit has no effect: a bundle older than one of its sources is left aside.
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
