/** Writes this folder as plain JavaScript into another: `node emit.ts <target>`. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";

const target = process.argv[2];
if (target === undefined) throw new Error("Name the folder to write to.");
mkdirSync(target, { recursive: true, mode: 0o755 });
for (const name of readdirSync(import.meta.dirname)) {
  const source = readFileSync(path.join(import.meta.dirname, name), "utf8");
  if (name.startsWith("emit.") || !/\.[jt]s$/.test(name) || name.endsWith(".d.ts")) continue;
  const script = name.endsWith(".ts")
    ? stripTypeScriptTypes(source).replace(/(from "\.\/\w+)\.ts"/g, '$1.js"')
    : source;
  writeFileSync(path.join(target, name.replace(/\.ts$/, ".js")), script, { mode: 0o644 });
}
writeFileSync(path.join(target, "package.json"), `${JSON.stringify({ type: "module" })}\n`, { mode: 0o644 });
