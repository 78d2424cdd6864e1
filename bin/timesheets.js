#!/usr/bin/env node
// Plain JavaScript that every Node since 12 can parse, so that one that is too old is told so.
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
const built = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "dist", "scripts", "main.js");
const source = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "scripts", "main.ts");

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `timesheets needs Node 22.18 or newer; this is ${process.versions.node}.\n` +
      "Run it as `npx timesheets` or `npm start`: `npm ci` brings a Node that will do.\n",
  );
  process.exitCode = 2;
} else {
  const { start } = await import(pathToFileURL(existsSync(built) ? built : source).href);
  await start();
}
