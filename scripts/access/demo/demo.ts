/** The demo itself: a tenant as the Dashboard leaves it, adopted, used, tampered with and fixed. */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Writable } from "node:stream";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { z } from "zod";
import { type Engine, ensureEngine } from "../../../engine/ensureEngine.ts";
import { exitCodes, interruption, ToolError } from "../../../lib/errors.ts";
import { noReport } from "../../../lib/report.ts";
import { variablePrefix } from "../../../lib/variables.ts";
import { loadRuledModel } from "../../session/accessModel.ts";
import { type LocalRecord, localStack } from "../../session/localRecord.ts";
import { accessModelSource, findProjectRoot } from "../../session/project.ts";
import { openSession } from "../../session/session.ts";
import { withoutTenant } from "../../session/stack.ts";
import type { Context } from "../../terminal/command.ts";
import { createReporter } from "../../terminal/reporter.ts";
import { requestAccessToken } from "../../tokens/accessToken.ts";
import { prepareBootstrap, runBootstrap } from "../bootstrap/bootstrap.ts";
import { describePlan } from "../bootstrap/describe.ts";
import { seedAsDashboard } from "../local/seed.ts";
import { type Services, startServices } from "../local/services.ts";
import { type ImportOutcome, importSample } from "./importSample.ts";
import { createNarrator, type StepTime } from "./narrator.ts";
import { type Refusal, tryOtherEndpoints } from "./refusals.ts";
import { readScenario, type Scenario } from "./scenario.ts";

export interface DemoOptions {
  readonly provider: LocalRecord["provider"];
  /** Where the story goes. */
  readonly narration: Writable;
}

export interface DemoResult {
  readonly clientId: { readonly before: string; readonly after: string };
  readonly token: { readonly scope: string; readonly audience: string; readonly algorithm: string };
  readonly import: ImportOutcome;
  readonly refused: readonly Refusal[];
  readonly drift: { readonly seen: boolean; readonly fixed: boolean };
  readonly steps: readonly StepTime[];
  readonly seconds: number;
}

const stepCount = 9;

const engineSources: Record<Engine["source"], string> = {
  path: "installed on this machine",
  cache: "from the cache of an earlier run",
  download: "the official download",
  build: "built from its Go modules",
};

/** Runs it all in a folder of its own that is removed at the end, whatever happens. */
export async function runDemo(outer: Context, options: DemoOptions): Promise<DemoResult> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), "auth0-m2m-demo-"));
  let services: Services | undefined;
  try {
    const root = findProjectRoot(outer.cwd);
    const clean = withoutVariables(withoutTenant(outer.env), ["M2M_"]);
    const model = await loadRuledModel(accessModelSource(root, clean, localStack));
    const jobs = Object.keys(model.apis).map((key) => `${variablePrefix(key)}_`);
    const env = { ...withoutVariables(clean, jobs), M2M_LOCAL_DATA: dataDir };
    const scenario = await readScenario(root, model);
    return await runSteps({ ...outer, env }, options, { scenario, dataDir }, async (serviceOptions) => {
      services = await startServices(serviceOptions);
      return services;
    });
  } catch (error) {
    if (!outer.signal.aborted) throw error;
    throw interruption("Interrupted; nothing is left behind.");
  } finally {
    await services?.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** An environment without the variables that start so: settings that speak of another tenant, model or job. */
function withoutVariables(env: Readonly<NodeJS.ProcessEnv>, prefixes: readonly string[]): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix)));
  return Object.fromEntries(kept);
}

async function runSteps(
  context: Context,
  { provider, narration }: DemoOptions,
  { scenario, dataDir }: { readonly scenario: Scenario; readonly dataDir: string },
  start: (options: Parameters<typeof startServices>[0]) => Promise<Services>,
): Promise<DemoResult> {
  const { signal } = context;
  const started = performance.now();
  const narrator = createNarrator(narration, context.env, stepCount);
  const { model, local, application, scopes, addedScope, sample } = scenario;
  const { api } = local;

  narrator.line(
    `Access to the ${api.name}, end to end. Everything runs on this machine; no real tenant is touched.`,
  );
  narrator.line();

  await narrator.step("Find the Pulumi engine, or get it once", async (note) => {
    const found = await ensureEngine({ env: context.env, signal, report: createReporter(context) });
    note(`Pulumi ${found.version}, ${engineSources[found.source]}`);
  });

  const services = await narrator.step(
    `Start an Auth0-compatible tenant and the ${api.name}`,
    async (note) => {
      const running = await start({
        dataDir,
        port: 0,
        apiPort: 0,
        provider,
        apis: async () => [local],
        env: context.env,
        report: createReporter(context),
      });
      note(`tenant ${running.record.url}, API ${running.record.apis[api.key]}`);
      return running;
    },
  );

  const before = await narrator.step("Click as the guide says: Create API in the Dashboard", async (note) => {
    const seeded = (await seedAsDashboard(services.record, model))[api.key];
    if (!seeded)
      throw new ToolError("nothing_seeded", `No application of the model adopts ${api.name}'s own.`);
    note(`${api.name} exists, without scopes`);
    note(`"${application.adopts}" exists, ${seeded.clientId}, and may do nothing yet`);
    return seeded.clientId;
  });

  await services.ready;
  const session = await openSession(localStack, context, { rules: {}, report: noReport });
  const pulumi = await session.pulumi();

  const bootstrapped = await narrator.step(
    "Bootstrap: adopt both, rename, set scopes and the one grant",
    async (note) => {
      const planned = await prepareBootstrap(session, {});
      for (const line of describePlan(planned.plan)) note(line);
      return runBootstrap(session, {}, planned);
    },
  );
  const { outputs } = bootstrapped;
  const credentials = outputs.applications[application.key];
  const { clientId = "", clientSecret = "" } = credentials ?? {};

  const mint = async () =>
    requestAccessToken({
      tokenEndpoint: outputs.tokenEndpoint,
      clientId,
      audience: api.identifier,
      proof: { method: "client_secret_post", clientSecret },
      signal,
    });

  const token = await narrator.step(`Get a token as ${application.name}`, async (note) => {
    const { value } = await mint();
    const { scope, aud, exp = 0, iat = 0 } = decodeJwt<{ scope: string }>(value);
    if (clientId !== before) {
      throw new ToolError("not_adopted", "The application is not the one that was there.", {
        exitCode: exitCodes.check,
      });
    }
    note("the application is the one the Dashboard made: same client id, same secret");
    note(
      `${decodeProtectedHeader(value).alg} for ${String(aud)}, ${(exp - iat) / 3600} hours, scope ${scope}`,
    );
    return { value, scope, audience: String(aud), algorithm: String(decodeProtectedHeader(value).alg) };
  });

  const imported = await narrator.step("Run the import job on its sample", async (note) => {
    const outcome = await importSample(context, { sample, folder: dataDir });
    note(`${outcome.rows.toLocaleString("en")} rows of ${path.basename(sample)}`);
    note(`${outcome.accepted} accepted, ${outcome.rejected} rejected with line number and reason`);
    return outcome;
  });

  const refused = await narrator.step("Try the API's other endpoints with the job's token", async (note) => {
    const refusals = await tryOtherEndpoints(
      services.record.apis[api.key] ?? "",
      { api, scopes, token: token.value },
      signal,
    );
    const width = Math.max(...refusals.map(({ request }) => request.length));
    for (const { request, status, needs } of refusals)
      note(`${request.padEnd(width)}  ${status}  (needs ${needs})`);
    const open = refusals.filter(({ status }) => status !== 403);
    if (open.length > 0)
      throw new ToolError("not_refused", "The job's token opened more than its scopes say.", {
        exitCode: exitCodes.check,
      });
    return refusals;
  });

  const seen = await narrator.step("Somebody grants the job more, behind Pulumi's back", async (note) => {
    const grant = bootstrapped.ids.grants[`${application.key}/${api.key}`];
    await session.tenant.send(
      "PATCH",
      `client-grants/${grant}`,
      { scope: [...scopes, addedScope] },
      z.unknown(),
    );
    note(`the grant now has ${[...scopes, addedScope].join(" and ")}`);
    const preview = await pulumi.run(["preview", "--refresh", "--expect-no-changes", "--diff"]);
    note(`pulumi preview --refresh ${preview.code === 0 ? "sees nothing" : "sees it"}`);
    return preview.code !== 0 && preview.stdout.includes(addedScope);
  });

  const fixed = await narrator.step("pulumi up fixes it", async (note) => {
    await pulumi.must(["up", "--refresh", "--yes", "--skip-preview"]);
    const after = (await mint()).scopes;
    note(`a new token has ${after.join(" ")}`);
    return [...after].sort().join(" ") === [...scopes].sort().join(" ");
  });
  if (!seen || !fixed) {
    throw new ToolError("drift_not_fixed", "The change by hand was not seen or not fixed.", {
      exitCode: exitCodes.check,
    });
  }

  const seconds = Math.round((performance.now() - started) / 100) / 10;
  narrator.line();
  for (const line of closing(seconds)) narrator.line(line);
  return {
    clientId: { before, after: clientId },
    token: { scope: token.scope, audience: token.audience, algorithm: token.algorithm },
    import: imported,
    refused,
    drift: { seen, fixed },
    steps: narrator.times,
    seconds,
  };
}

function closing(seconds: number): string[] {
  return [
    `Done in ${seconds.toFixed(1)} s. The tenant, the API and their data are gone again.`,
    "",
    "Where to look:",
    "  infra/access.yaml        the access model: what exists and who may call it",
    "  infra/index.ts           the Pulumi program that declares it",
    "Next steps:",
    "  npx auth0-m2m local      keep a local tenant running, and use it from another shell:",
    '                           eval "$(npx auth0-m2m local env)" && npx pulumi up -s local',
    "  docs/adopt.md            the same on a real Auth0 tenant",
  ];
}
