/** Other processes of this machine. */
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
