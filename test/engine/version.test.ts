/** The engine, its SDK, npm's wrapper for it and its plugin are of the versions that the code names, wherever that version is written. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { enginePaths } from "../../engine/paths.ts";
import { engineVersion, pluginVersion } from "../../engine/version.ts";

test("go.mod, package.json and the code name the same Pulumi", () => {
  const goMod = readFileSync("engine/go.mod", "utf8");
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(goMod)?.[1]).toBe(engineVersion);
  expect(/pulumi\/pulumi\/sdk\/v3 v(\S+)/.exec(goMod)?.[1]).toBe(engineVersion);
  expect(dependencies["@pulumi/pulumi"]).toBe(engineVersion);
  expect(dependencies.pulumi).toBe(engineVersion);
  expect(dependencies["@pulumi/auth0"]).toBe(pluginVersion);
});

test("npm's wrapper finds the cache where the engine is put", () => {
  const cacheModule = JSON.stringify(`${process.cwd()}/node_modules/pulumi/lib/cache.js`);
  const script = `process.stdout.write(require(${cacheModule}).cacheDir("${engineVersion}"))`;
  const answer = (env: NodeJS.ProcessEnv) =>
    execFileSync(process.execPath, ["-e", script], { env }).toString();
  expect(answer({ HOME: "/home/me" })).toBe(enginePaths({ HOME: "/home/me" }).root);
  expect(answer({ PULUMI_HOME: "/opt/pulumi" })).toBe(enginePaths({ PULUMI_HOME: "/opt/pulumi" }).root);
});
