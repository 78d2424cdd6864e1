/** After import, update, refresh and a look at the outputs, on both providers: no secret outside Pulumi's encryption. */
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";
import { secretsOf, watchCommandLines, whereSecretsAre } from "../helpers/secrets.ts";

let local: LocalStack;
afterEach(() => local.close());

test.each(providers)("on the %s provider", async (provider) => {
  local = await startLocal({ provider });
  const { timesheets } = await local.seed();
  // With a signing secret of its own, which Auth0 shows and the plugin does not mark.
  const symmetric = { signing_alg: "HS256" };
  await local.management.send(
    "PATCH",
    `resource-servers/${timesheets?.resourceServerId}`,
    symmetric,
    z.unknown(),
  );
  const secrets = await secretsOf(local);
  const commandLines = watchCommandLines();
  const { code, stdout, stderr } = await local.run(["bootstrap", "--stack", "local", "--yes"]);
  expect(code, stderr).toBe(0);
  let printed = stdout + stderr;
  for (const argv of [
    ["refresh", "--yes", "--skip-preview", "--diff"],
    ["up", "--yes", "--refresh", "--diff"],
    ["preview", "--refresh", "--diff"],
    ["stack", "output", "--json"],
    ["stack", "export"],
  ]) {
    const result = await local.pulumi.run(argv);
    expect(result.code, result.stderr).toBe(0);
    printed += result.stdout + result.stderr;
  }
  printed += commandLines.stop();
  const names = [...secrets.values()];
  expect(names).toContain("signing secret of https://api.exampleco.com/timesheets");
  expect(names).toContain("secret of the management application");
  expect(await whereSecretsAre(secrets, local, printed)).toEqual([]);
});
