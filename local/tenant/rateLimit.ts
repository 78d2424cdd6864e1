/** Token buckets with the figures that Auth0 publishes for its plans. */
import type { Clock } from "./clock.ts";
import { apiError, type Refusal, tokenError } from "./errors.ts";

/** @see https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy/rate-limit-configurations */
export const rateLimits = ["none", "free", "self-service", "enterprise"] as const;
export type RateLimit = (typeof rateLimits)[number];

interface Limit {
  /** Requests that may come at once. */
  burst: number;
  /** Requests added back per second. */
  perSecond: number;
}

interface Rule {
  /** Which requests share the bucket. */
  name: string;
  matches(method: string, path: string): boolean;
  limit: Limit;
  scope: "Global" | "Endpoint";
}

const perSecond = (burst: number, rate: number): Limit => ({ burst, perSecond: rate });
const perMinute = (burst: number, rate: number): Limit => ({ burst, perSecond: rate / 60 });
const perDay = (burst: number, rate: number): Limit => ({ burst, perSecond: rate / 86_400 });

const isManagement = (_method: string, path: string) => path.startsWith("/api/v2/");
const isAuthentication = (method: string, path: string) => !isManagement(method, path);
const isPath = (wanted: string, path: string) => path === wanted;
const reads = (prefix: string) => (method: string, path: string) =>
  method === "GET" && path.startsWith(prefix);

const rotation: Rule = {
  name: "signing keys",
  matches: (method, path) => method === "POST" && isPath("/api/v2/keys/signing/rotate", path),
  limit: perDay(5, 5),
  scope: "Endpoint",
};

const rule = (name: string, matches: Rule["matches"], limit: Limit, scope: Rule["scope"]): Rule => {
  return { name, matches, limit, scope };
};

/** The first rule that matches counts. */
const profiles: Readonly<Record<Exclude<RateLimit, "none">, readonly Rule[]>> = {
  free: [
    rotation,
    rule("token", (_, path) => isPath("/oauth/token", path), perSecond(30, 30), "Endpoint"),
    rule("jwks", (_, path) => isPath("/.well-known/jwks.json", path), perSecond(20, 20), "Endpoint"),
    rule("management", isManagement, perSecond(2, 2), "Global"),
    rule("authentication", isAuthentication, perMinute(300, 300), "Global"),
  ],
  "self-service": [
    rotation,
    rule("read clients", reads("/api/v2/clients"), perMinute(5, 100), "Endpoint"),
    rule("read connections", reads("/api/v2/connections"), perMinute(5, 50), "Endpoint"),
    rule(
      "read prompt partials",
      (method, path) => method === "GET" && /^\/api\/v2\/prompts\/[^/]+\/partials$/.test(path),
      perMinute(5, 5),
      "Endpoint",
    ),
    rule("read logs", reads("/api/v2/logs"), perMinute(10, 100), "Endpoint"),
    rule("management", isManagement, perMinute(10, 150), "Global"),
    rule("authentication", isAuthentication, perSecond(25, 25), "Global"),
  ],
  enterprise: [
    rotation,
    rule("management", isManagement, perSecond(50, 16), "Global"),
    rule("authentication", isAuthentication, perSecond(100, 100), "Global"),
  ],
};

export interface RateLimiter {
  /** Counts one request. Undefined when nothing is limited. */
  take(method: string, path: string): { headers: Record<string, string>; refusal?: Refusal } | undefined;
  /** Fills every bucket, perhaps under other rules. */
  reset(profile?: RateLimit): void;
}

export function createRateLimiter(initial: RateLimit, clock: Clock): RateLimiter {
  let profile = initial;
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(method, path) {
      if (profile === "none") return undefined;
      const found = profiles[profile].find((candidate) => candidate.matches(method, path));
      if (!found) return undefined;
      const { burst, perSecond: rate } = found.limit;
      const now = clock.now() / 1000;
      const bucket = buckets.get(found.name) ?? { tokens: burst, at: now };
      bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) * rate);
      bucket.at = now;
      buckets.set(found.name, bucket);
      const passes = bucket.tokens >= 1;
      if (passes) bucket.tokens -= 1;
      const wait = bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / rate;
      const headers: Record<string, string> = {
        "x-ratelimit-limit": String(burst),
        "x-ratelimit-remaining": String(Math.floor(bucket.tokens)),
        "x-ratelimit-reset": String(Math.ceil(now + wait)),
      };
      if (passes) return { headers };
      headers["retry-after"] = String(Math.max(1, Math.ceil(wait)));
      return { headers, refusal: refusalOf(found, path) };
    },
    reset(next) {
      if (next !== undefined) profile = next;
      buckets.clear();
    },
  };
}

function refusalOf({ scope }: Rule, path: string): Refusal {
  const message = `${scope} limit has been reached`;
  if (path.startsWith("/api/v2/")) return apiError(429, message, "too_many_requests");
  return tokenError(429, "too_many_requests", message);
}
