/** The limits of this provider: the stack `local`, and a tenant on this machine's own loopback interface. */
import { isLoopback } from "../../lib/address.ts";
import { ProviderError } from "./errors.ts";

const onlyStack = "local";

/** What a resource's URN says, `urn:pulumi:<stack>::<project>::<types>::<name>`. */
export interface Urn {
  readonly stack: string;
  /** The resource's own type, without those of the components around it. */
  readonly type: string;
  readonly name: string;
}

export function parseUrn(urn: string): Urn {
  const [start = "", , types = "", ...name] = urn.split("::");
  return {
    stack: start.replace(/^urn:pulumi:/, ""),
    type: types.split("$").at(-1) ?? "",
    name: name.join("::"),
  };
}

/** Refuses every stack but `local`. */
export function requireLocalStack({ stack }: Urn): void {
  if (stack === onlyStack) return;
  throw new ProviderError(
    `the bundled provider serves the stack "${onlyStack}" alone, not "${stack}"; ` +
      "unset PULUMI_DEBUG_PROVIDERS to use the official auth0 plugin",
  );
}

/** Refuses every domain that does not name this machine: `localhost`, 127.0.0.0/8 or [::1], with or without a port. */
export function requireLoopback(domain: string): void {
  if (isOnLoopback(domain)) return;
  throw new ProviderError(
    `the bundled provider talks to a tenant on this machine alone (localhost, 127.0.0.0/8, [::1]), not to "${domain}"; ` +
      "use the official auth0 plugin for a tenant of Auth0",
  );
}

function isOnLoopback(domain: string): boolean {
  const match = /^(?<host>\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::(?<port>\d{1,5}))?$/i.exec(domain);
  if (!match?.groups || Number(match.groups.port ?? 443) > 65_535) return false;
  return isLoopback(match.groups.host ?? "");
}
