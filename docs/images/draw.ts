/** Draws the README's pictures anew: `npm run pictures`. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { terminalPicture } from "./terminalPicture.ts";

const folder = import.meta.dirname;
const root = path.join(folder, "..", "..");

const run = (...argv: string[]) =>
  execFileSync(process.execPath, [path.join(root, "bin", "auth0-m2m.js"), ...argv], {
    cwd: root,
    env: { ...process.env, FORCE_COLOR: "1", NO_COLOR: "" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });

writeFileSync(path.join(folder, "demo.svg"), terminalPicture("npm start", run("demo")));
writeFileSync(path.join(folder, "access-graph.svg"), run("graph", "--format", "svg"));
