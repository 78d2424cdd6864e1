/** The option --api-url: an address of the Timesheets API that a token may be sent to. */
import { usageError } from "../../lib/errors.ts";
import { isConfidential } from "../../lib/loopback.ts";

/**
 * The address, checked: tokens are sent there, so nothing but TLS will do, except on this machine.
 * @throws {ToolError} exit 2
 */
export function checkedApiUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const bare = url?.search === "" && url.hash === "" && url.username === "" && url.password === "";
  if (bare && isConfidential(url)) return url.href;
  throw usageError(
    "--api-url is not an address that a token may be sent to.",
    "Give https://<host>, with a path if the API has one; http:// is for this machine alone.",
  );
}
