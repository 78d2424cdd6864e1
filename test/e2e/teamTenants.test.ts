/** A tenant that a team has is adopted without a change to what its model states, and then has neither drift nor faults. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";
import { type TeamTenant, teamTenants } from "./teamTenants.ts";

const anything = z.record(z.string(), z.unknown());

/** Makes what the case presumes; returns how to fill ids into a text, and the whole of every object. */
async function arrange(local: LocalStack, { apis = [], applications, grants, model }: TeamTenant) {
  const ids = new Map([["management", `https://${local.record.domain}/api/v2/`]]);
  const fill = (text: string) => text.replace(/<([^>]+)>/g, (whole, name: string) => ids.get(name) ?? whole);
  const make = (path: string, body: unknown) => local.management.send("POST", path, body, anything);
  for (const api of apis) await make("resource-servers", api);
  for (const application of applications)
    ids.set(application.name, String((await make("clients", application)).client_id));
  for (const grant of grants) await make("client-grants", JSON.parse(fill(JSON.stringify(grant))));
  await local.setModel(fill(model));
  return { fill };
}

/** Every object whole; the order of granted scopes means nothing. */
async function everything({ management }: LocalStack) {
  const [apis, applications, grants] = await Promise.all([
    management.list("resource-servers", "resource_servers", anything),
    management.list("clients", "clients", anything),
    management.list("client-grants", "client_grants", anything),
  ]);
  const sorted = grants.map((grant) =>
    Array.isArray(grant.scope) ? { ...grant, scope: [...grant.scope].sort() } : grant,
  );
  return { apis, applications, grants: sorted };
}

describe.each(teamTenants)("$title", (team) => {
  for (const provider of providers) {
    const isQuick = provider === "bundled" && team.title === "Clinic roster";
    test(`is adopted by the ${provider} provider as it is`, {
      timeout: 600_000,
      ...(isQuick ? {} : { tags: ["soak"] }),
    }, async () => {
      const local = await startLocal({ provider });
      try {
        const { fill } = await arrange(local, team);
        const before = await everything(local);
        const run = async (...argv: string[]) => {
          const { code, stdout, stderr } = await local.run([...argv, "--stack", "local"]);
          expect(code, `${argv.join(" ")}: ${stdout}${stderr}`).toBe(0);
        };
        await run("bootstrap", "--yes", "--adopt", "require");
        expect(await everything(local)).toEqual(before);
        await run("drift");
        await run("verify", ...(team.verify ?? []));
        const { meanwhile } = team;
        if (!meanwhile) return;
        await local.management.send("PATCH", fill(meanwhile.path), meanwhile.body, anything);
        const changed = await everything(local);
        await local.pulumi.must(["up", "--refresh", "--yes", "--skip-preview"]);
        expect(await everything(local)).toEqual(changed);
        await run("drift");
      } finally {
        await local.close();
      }
    });
  }
});
