/** Tries to take each lock that its parent names, reports whether it got it, and holds it until the parent disconnects. */
import process from "node:process";
import { takeLock } from "../../../scripts/import/keep/lock.ts";

process.on("message", (file: string) => {
  takeLock(file).then(
    () => process.send?.(true),
    (error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "import_running")) throw error;
      process.send?.(false);
    },
  );
});
process.send?.("ready");
