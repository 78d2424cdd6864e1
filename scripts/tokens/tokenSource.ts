/** One access token for all senders of a run: renewed before it expires, and once for all after a refusal. */
import { errorCode, messageOf, ToolError } from "../../lib/errors.ts";
import type { Report } from "../../lib/report.ts";
import { retry } from "../../lib/retry.ts";
import { requestAccessToken } from "./accessToken.ts";
import { signClientAssertion } from "./clientAssertion.ts";
import { type HeldToken, readCachedToken, type TokenSubject, writeCachedToken } from "./tokenCache.ts";

/** How an application proves who it is; the private key is PEM. */
export type ClientAuthentication =
  | { readonly method: "client_secret_post" | "client_secret_basic"; readonly clientSecret: string }
  | { readonly method: "private_key_jwt"; readonly privateKey: string };

export interface TokenSource {
  /** A token that is valid now; near its end it is renewed while it still serves. */
  token(): Promise<string>;
  /**
   * For a token that the API refused: the next one. All who were refused the same one share a renewal; a token that was
   * just issued is given out again, since another of the same minute fares no better.
   */
  renew(refused: string): Promise<string>;
  /** How many tokens the tenant issued to this source. */
  readonly issued: number;
  /** True while the token in use came from the cache on disk. */
  readonly fromCache: boolean;
}

export interface TokenSourceOptions extends TokenSubject {
  readonly authentication: ClientAuthentication;
  /** Keeps the token between runs, in a file only its owner can read. */
  readonly cacheFile?: string | undefined;
  /** Longest time that a token endpoint out of order is waited for, milliseconds. @default 60,000, and never more */
  readonly patience?: number;
  /** For one answer of the token endpoint, milliseconds. @default 30,000 */
  readonly timeout?: number;
  readonly report?: Report;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch; tests pass their own clock. */
  readonly now?: () => number;
}

/** Seconds that a token is used of which nobody says how long it lives; the API refuses it where that is too long. */
const assumedLifetime = 3600;

/** No second token is asked for within this time of the first, milliseconds, or within half of its life. */
const freshness = 30_000;

/** A failed early renewal is tried again after this time, milliseconds. */
const renewalPause = 10_000;

/** A token is renewed this long before its end, milliseconds, or at four fifths of its life if that is later. */
const renewalMargin = 60_000;

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const now = options.now ?? Date.now;
  const { cacheFile } = options;
  let held: HeldToken | undefined;
  let renewal: Promise<HeldToken> | undefined;
  let cacheRead: Promise<void> | undefined;
  let renewFrom = 0;
  let freshUntil = 0;
  let issued = 0;
  let fromCache = false;

  const reportCache = (error: unknown): void => {
    const why = error instanceof ToolError ? messageOf(error) : (errorCode(error) ?? messageOf(error));
    options.report?.({
      level: "warning",
      code: "token_cache_unusable",
      message: `The token cache ${cacheFile} cannot be written (${why.replace(/\.$/, "")}): the next run asks for a token of its own.`,
    });
  };
  const mint = async (): Promise<HeldToken> => {
    const answer = await patiently(() => requestOnce(options), options);
    const lifetime = (answer.expiresIn ?? assumedLifetime) * 1000;
    const margin = Math.min(renewalMargin, lifetime / 5);
    held = {
      value: answer.value,
      renewAt: now() + lifetime - margin,
      expiresAt: now() + lifetime,
    };
    freshUntil = now() + Math.min(freshness, lifetime / 2);
    issued++;
    fromCache = false;
    if (cacheFile !== undefined) await writeCachedToken(cacheFile, options, held).catch(reportCache);
    return held;
  };
  const shareRenewal = (): Promise<HeldToken> => {
    renewal ??= mint().finally(() => {
      renewal = undefined;
    });
    return renewal;
  };
  const readCache = async (file: string): Promise<void> => {
    const cached = await readCachedToken(file, options);
    if (!cached || cached.renewAt <= now()) return;
    held = cached;
    fromCache = true;
  };

  return {
    async token() {
      if (cacheFile !== undefined) {
        cacheRead ??= readCache(cacheFile);
        await cacheRead;
      }
      if (!held || held.expiresAt <= now()) return (await shareRenewal()).value;
      // A failed early renewal is nobody's failure yet: once the token has expired, the next one is.
      if (held.renewAt <= now() && renewFrom <= now()) {
        shareRenewal().catch(() => {
          renewFrom = now() + renewalPause;
        });
      }
      return held.value;
    },
    async renew(refused) {
      if (held && (held.value !== refused || freshUntil > now())) return held.value;
      return (await shareRenewal()).value;
    },
    get issued() {
      return issued;
    },
    get fromCache() {
      return fromCache;
    },
  };
}

async function requestOnce(options: TokenSourceOptions) {
  const { tokenEndpoint, clientId, audience, authentication, timeout, signal } = options;
  const proof =
    authentication.method === "private_key_jwt"
      ? {
          method: authentication.method,
          assertion: await signClientAssertion(
            authentication.privateKey,
            clientId,
            new URL("/", tokenEndpoint).href,
          ),
        }
      : authentication;
  return requestAccessToken({
    tokenEndpoint,
    clientId,
    audience,
    proof,
    timeout,
    ...(signal ? { signal } : {}),
  });
}

const longestPatience = 60_000;

const transientCodes = new Set(["token_endpoint_failed", "tenant_unreachable"]);

/** Retries what a later attempt may get; a refusal is final. */
function patiently<T>(
  attempt: () => Promise<T>,
  { patience = longestPatience, signal }: Pick<TokenSourceOptions, "patience" | "signal">,
): Promise<T> {
  return retry(
    attempt,
    (outcome) => {
      if (!("error" in outcome) || !(outcome.error instanceof ToolError)) return undefined;
      const { error } = outcome;
      return transientCodes.has(error.code) ? { reason: error.message, asked: askedDelay(error) } : undefined;
    },
    { base: 500, longest: 10_000, within: Math.min(patience, longestPatience), signal },
  );
}

/** What the endpoint's Retry-After asked for, milliseconds. */
function askedDelay({ cause }: ToolError): number | undefined {
  if (typeof cause !== "object" || cause === null || !("retryAfter" in cause)) return undefined;
  return typeof cause.retryAfter === "number" ? cause.retryAfter : undefined;
}
