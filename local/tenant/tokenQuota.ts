/** The client-credentials token quota of an application: counted by hour and by day, in memory. */
import { tokenError } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { Client } from "./store/clients.ts";

const periods = [
  { name: "per_hour", seconds: 3600 },
  { name: "per_day", seconds: 86_400 },
] as const;

export interface TokenQuotas {
  /** Counts one token. @throws Refusal 429 when the quota is used up and enforced. */
  take(client: Client, now: number): void;
  reset(): void;
}

export function createTokenQuotas(): TokenQuotas {
  const used = new Map<string, { window: number; count: number }>();
  return {
    take(client, now) {
      const quota = quotaOf(client);
      if (!quota) return;
      const states = periods.flatMap(({ name, seconds }) => {
        const limit = quota[name];
        if (typeof limit !== "number") return [];
        const window = Math.floor(now / 1000 / seconds);
        const key = `${client.clientId} ${name}`;
        const found = used.get(key);
        const state = found?.window === window ? found : { window, count: 0 };
        used.set(key, state);
        return [{ name, limit, state, reset: Math.ceil((window + 1) * seconds - now / 1000) }];
      });
      const exceeded = states.find(({ limit, state }) => state.count >= limit);
      if (exceeded && quota.enforce !== false) {
        const header = states
          .map(
            ({ name, limit, state, reset }) =>
              `b=${name};q=${limit};r=${Math.max(0, limit - state.count)};t=${reset}`,
          )
          .join(",");
        throw tokenError(
          429,
          "too_many_requests",
          "Client quota exceeded",
          {},
          {
            "Auth0-Client-Quota-Limit": header,
            "Retry-After": String(exceeded.reset),
          },
        );
      }
      for (const { state } of states) state.count++;
    },
    reset: () => used.clear(),
  };
}

function quotaOf(client: Client): JsonObject | undefined {
  const quota = client.body.token_quota;
  return isObject(quota) && isObject(quota.client_credentials) ? quota.client_credentials : undefined;
}
