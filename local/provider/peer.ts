/** Which user of this machine is at the other end of a connection over the loopback interface. */
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import process from "node:process";

/** The kernel's number for an open connection. */
const established = "01";

/**
 * Whether a connection comes from a process of this process's own user. Linux says so; elsewhere nothing does, and
 * every connection is taken.
 */
export function isOwnPeer({ localPort, remotePort }: Pick<Socket, "localPort" | "remotePort">): boolean {
  if (process.platform !== "linux") return true;
  const own = process.getuid?.();
  const users = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    usersOf(readTable(table), remotePort, localPort),
  );
  return users.length > 0 && users.every((user) => user === own);
}

/**
 * The users of the open connections between two ports, as the end that connected has them.
 * @see https://docs.kernel.org/networking/proc_net_tcp.html
 */
function usersOf(table: string, from: number | undefined, to: number | undefined): number[] {
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = "", remote = "", state]) =>
        state === established && portOf(local) === from && portOf(remote) === to,
    )
    .map((fields) => Number(fields[7]));
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(":") + 1), 16);
}

function readTable(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Without IPv6 there is no such table.
    return "";
  }
}
