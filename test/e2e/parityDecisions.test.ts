/** Both providers decide alike what differs and what has to be replaced. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { topLevel } from "../../local/provider/diff.ts";
import { type RunningProvider, startProvider } from "../../local/provider/serve.ts";
import { officialPlugin } from "../helpers/officialPlugin.ts";
import { decisions } from "../local/provider/decisions.ts";
import { connectTo, type ProtocolClient, urnOf } from "../local/provider/protocolClient.ts";

// Neither provider asks the tenant anything to compare a state with a program.
const env = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  AUTH0_DOMAIN: "localhost:1",
  AUTH0_CLIENT_ID: "an-id",
  AUTH0_CLIENT_SECRET: "a-secret",
};

async function startOfficial(): Promise<Pick<RunningProvider, "port" | "close">> {
  const child = spawn(path.join(officialPlugin, "pulumi-resource-auth0"), ["127.0.0.1:1"], { env });
  child.stderr.resume();
  const port = await new Promise<number>((resolve) =>
    child.stdout.once("data", (line) => resolve(parseInt(line, 10))),
  );
  return {
    port,
    close: async () => {
      child.kill();
    },
  };
}

const variants = [
  { provider: "bundled", start: () => startProvider({ env }) },
  ...(existsSync(officialPlugin) ? [{ provider: "official", start: startOfficial }] : []),
];

if (variants.length === 1) {
  test(`the official plugin is not in the plugin cache (${officialPlugin}): only the bundled provider runs`, () => {
    expect(variants[0]?.provider).toBe("bundled");
  });
}

describe.each(variants)("the $provider provider", ({ start }) => {
  let running: Pick<RunningProvider, "port" | "close">;
  let client: ProtocolClient;

  beforeAll(async () => {
    running = await start();
    client = connectTo(running.port);
    await client.configure();
  });

  afterAll(async () => {
    client?.close();
    await running?.close();
  });

  test.each(decisions)("reports $title", async ({ type, state, inputs, expected }) => {
    const token = `auth0:index/${type[0]?.toLowerCase()}${type.slice(1)}:${type}`;
    const top = (marks: readonly string[]) =>
      [...new Set(marks.map(topLevel).map((one) => one.split(":")[0]))].sort();
    const decided = await client.diff(urnOf(token), state, inputs);
    expect(decided).toMatchObject({
      changes: expected.length > 0,
      differing: top(expected),
      replaces: top(expected.filter((mark) => mark.endsWith("!"))),
    });
  });
});
