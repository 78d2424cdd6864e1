/** Other processes of this machine. */
import { readFileSync } from "node:fs";
import { errorCode } from "./errors.ts";

/** True while any user's process has this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** True while a process of this number lives that started then; any will do where its start is not known. */
export function isSameAlive(pid: number, started: string | null): boolean {
  return isAlive(pid) && (started === null || started === startOf(pid));
}

/** When a process started, in the kernel's own unit: tells it from a later one of the same number. Linux alone has it. */
export function startOf(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8");
    return fields.slice(fields.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
