#!/usr/bin/env node
// Plain JavaScript that every Node since 14 can parse, so that one that is too old is told so.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const built = path.join(root, "dist", "scripts", "main.js");
const source = path.join(root, "scripts", "main.ts");

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
  import(pathToFileURL(existsSync(built) ? built : source).href).then(({ start }) => start());
}
