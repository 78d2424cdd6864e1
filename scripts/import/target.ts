/** Where an import sends its entries: the API, and tokens for it from the credentials that were found. */
import path from "node:path";
import { serviceAddress } from "../../lib/address.ts";
import { usageError } from "../../lib/errors.ts";
import type { Report } from "../../lib/report.ts";
import type { Context } from "../terminal/command.ts";
import type { Job } from "./job/schema.ts";
import type { ImportOptions } from "./options.ts";

/** The API and a token source for it; nothing is sent yet. */
export async function openTarget(options: ImportOptions, job: Job, context: Context, report: Report) {
  const { createApiClient } = await import("./send/apiClient.ts");
  const { findCredentials } = await import("./credentials.ts");
  const { createTokenSource } = await import("../tokens/tokenSource.ts");
  const { openImportStack } = await import("./stack.ts");
  const stack =
    options.stack === undefined
      ? undefined
      : await openImportStack(options.stack, options.api, context, report);
  const credentials = await findCredentials(
    {
      credentialsFile: options.credentialsFile,
      application: options.application,
      api: options.api,
      stack,
    },
    context,
  );
  const api = [
    { url: options.apiUrl, source: "--api-url" },
    { url: credentials.apiUrl, source: credentials.source },
    { url: context.env.TIMESHEETS_API_URL, source: "TIMESHEETS_API_URL" },
    { url: stack?.apiUrl, source: "the local tenant" },
  ].find(({ url }) => url !== undefined);
  if (api?.url === undefined) {
    throw usageError("The API has no address.", "Give it with --api-url or TIMESHEETS_API_URL.");
  }
  // The address stays as it was written: messages show it, and a checkpoint keeps it.
  const apiUrl = api.url;
  serviceAddress(apiUrl, `The address of the API (${api.source})`, {
    allowHttp: options.allowHttp,
    allowHttpHint: "Where something else protects the way, such as a service mesh, say --allow-http.",
  });
  const cacheFile = options.tokenCache;
  const tokens = createTokenSource({
    ...credentials,
    cacheFile: cacheFile === undefined ? undefined : path.resolve(context.cwd, cacheFile),
    patience: options.giveUpAfter,
    timeout: Math.min(options.timeout, options.giveUpAfter),
    report,
    signal: context.signal,
  });
  return {
    apiUrl,
    apiUrlSource: api.source,
    client: createApiClient({ apiUrl, job, connections: options.concurrency, timeout: options.timeout }),
    tokens,
  };
}
