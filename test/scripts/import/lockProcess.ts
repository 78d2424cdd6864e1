/** Takes one lock after another, each at a set time, and prints which it got: `node lockProcess.ts START FILE...`. */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { takeLock } from "../../../scripts/import/keep/lock.ts";

const [, , start, ...files] = process.argv;
const taken: string[] = [];
for (const [index, file] of files.entries()) {
  const at = Number(start) + index * 20;
  await sleep(at - Date.now() - 5);
  while (Date.now() < at);
  await takeLock(file).then(
    () => taken.push(file),
    (error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "import_running")) throw error;
    },
  );
}
process.stdout.write(JSON.stringify(taken));
// Held until all have tried.
await sleep(300);
