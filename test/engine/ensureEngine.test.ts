/** Where the engine comes from, in which order, and what is said when there is no way left. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureEngine } from "../../engine/ensureEngine.ts";
import { engineVersion } from "../../engine/version.ts";
import type { ToolError } from "../../lib/errors.ts";
import { createSandbox, goThatBuilds, listen, pulumiOf, type Sandbox } from "./sandbox.ts";

/** Nothing listens there, so a download is refused at once. */
const closed = "http://127.0.0.1:1";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => sandbox.remove());

function ensure(report = listen(), releases = closed) {
  return ensureEngine({ env: sandbox.env, signal: AbortSignal.timeout(20_000), report, releases });
}

describe("on PATH", () => {
  test("an installation that is new enough is taken as it is", async () => {
    const command = sandbox.script("bin/pulumi", pulumiOf("3.999.1"));
    sandbox.script("bin/pulumi-language-nodejs", "");
    const report = listen();
    const engine = await ensure(report);
    expect(engine).toEqual({
      command,
      version: "3.999.1",
      source: "path",
      pulumiHome: sandbox.env.PULUMI_HOME,
    });
    expect(report.lines).toEqual([`Pulumi 3.999.1 from PATH: ${command}`]);
    expect(existsSync(engine.pulumiHome)).toBe(false);
  });

  test.each(["3.258.9", "4.0.0", "2.999.0", "dirty"])("version %s is passed over", async (version) => {
    sandbox.script("bin/pulumi", pulumiOf(version));
    sandbox.script("bin/pulumi-language-nodejs", "");
    sandbox.script("bin/go", goThatBuilds(sandbox));
    expect((await ensure()).source).toBe("build");
  });

  test("npm's wrapper in node_modules/.bin is not an installation, a real one behind it is", async () => {
    const wrapper = sandbox.script("checkout/node_modules/pulumi/run.js", pulumiOf("3.400.0"));
    const bin = path.resolve(wrapper, "../../.bin");
    mkdirSync(bin);
    symlinkSync("../pulumi/run.js", path.join(bin, "pulumi"));
    const real = sandbox.script("bin/pulumi", pulumiOf("3.300.0"));
    sandbox.script("bin/pulumi-language-nodejs", "");
    sandbox.env.PATH = `${bin}:${sandbox.env.PATH}`;
    expect(await ensure()).toMatchObject({ source: "path", command: real });
  });

  test("one without a language host for Node is passed over", async () => {
    sandbox.script("bin/pulumi", pulumiOf("3.300.0"));
    await expect(ensure()).rejects.toThrow(/bin\/pulumi comes without pulumi-language-nodejs/);
  });
});

describe("from the cache", () => {
  test("the engine that npm's wrapper or the Automation API put there is used", async () => {
    sandbox.script(sandbox.cached, pulumiOf(engineVersion));
    const host = sandbox.script(`${sandbox.cached}-language-nodejs`, "official");
    expect(await ensure()).toMatchObject({ source: "cache", command: sandbox.cached });
    expect(readFileSync(host, "utf8")).toContain("official");
  });

  test("an engine without a language host gets ours", async () => {
    sandbox.script(sandbox.cached, pulumiOf(engineVersion));
    expect((await ensure()).source).toBe("cache");
    expect(existsSync(`${sandbox.cached}-language-nodejs`)).toBe(true);
  });
});

describe("one that others could have changed", () => {
  const places = {
    "the home folder": () => path.resolve(sandbox.cached, "../../../.."),
    "the folder of the versions": () => path.resolve(sandbox.cached, "../../.."),
    "the engine": () => sandbox.cached,
    "the language host": () => `${sandbox.cached}-language-nodejs`,
    "a script of the language host": () => {
      const root = path.resolve(sandbox.cached, "../..");
      const host = readdirSync(root).find((name) => name.startsWith("language-host-"));
      return path.join(root, host ?? "", "serve.js");
    },
  };

  test.each(Object.entries(places))("is not run: %s, open to everybody", async (_, place) => {
    sandbox.script(sandbox.cached, pulumiOf(engineVersion));
    await ensure();
    chmodSync(place(), 0o777);
    const error = await ensure().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "engine_not_trusted", exitCode: 2 });
    expect(String(error)).toContain(`${place()} can be written to by others`);
    expect((error as ToolError).hint).toContain("chmod -R go-w");
  });

  test.runIf(process.getuid?.() === 0)("is not run: one of another user", async () => {
    sandbox.script(sandbox.cached, pulumiOf(engineVersion));
    chownSync(sandbox.cached, 65_534, 65_534);
    await expect(ensure()).rejects.toThrow(`${sandbox.cached} belongs to another user`);
  });

  test("is none that was got under a umask that lets everybody write", async () => {
    sandbox.script("bin/go", goThatBuilds(sandbox).replaceAll("/bin/chmod 755", "/bin/chmod 777"));
    const before = process.umask(0);
    try {
      await ensure();
    } finally {
      process.umask(before);
    }
    expect((await ensure()).source).toBe("cache");
  });
});

describe("by download", () => {
  const name = `pulumi-v${engineVersion}-${process.platform}-${process.arch}.tar.gz`;
  let server: http.Server;
  let files: Record<string, Buffer | string>;
  let origin: string;

  beforeEach(async () => {
    const release = sandbox.script("release/pulumi/pulumi", pulumiOf(engineVersion));
    sandbox.script("release/pulumi/pulumi-language-nodejs", "official");
    execFileSync("tar", ["-czf", `../${name}`, "pulumi"], { cwd: path.resolve(release, "../..") });
    const archive = readFileSync(path.join(sandbox.folder, name));
    const tar = execFileSync("/bin/sh", ["-c", "command -v tar"], { encoding: "utf8" }).trim();
    sandbox.script("bin/tar", `exec ${tar} "$@"`);
    sandbox.env.PATH += ":/usr/bin:/bin";
    const sum = createHash("sha256").update(archive).digest("hex");
    files = {
      [`/pulumi-${engineVersion}-checksums.txt`]: `${"0".repeat(64)}  other.tar.gz\n${sum}  ${name}\n`,
      [`/${name}`]: archive,
    };
    server = http.createServer((request, response) => {
      const file = files[request.url ?? ""];
      response.writeHead(file === undefined ? 404 : 200).end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => server.close());

  test("the release is unpacked with its own language host", async () => {
    const engine = await ensure(listen(), origin);
    expect(engine).toMatchObject({ source: "download", command: sandbox.cached });
    expect(readFileSync(`${sandbox.cached}-language-nodejs`, "utf8")).toContain("official");
    expect((await ensure()).source).toBe("cache");
  });

  test("a release that does not match its checksum is not used", async () => {
    files[`/${name}`] = readFileSync(path.join(sandbox.folder, name)).reverse();
    await expect(ensure(listen(), origin)).rejects.toThrow(/does not have the checksum/);
    expect(existsSync(sandbox.cached)).toBe(false);
  });

  test("a release without a published checksum is not used", async () => {
    files[`/pulumi-${engineVersion}-checksums.txt`] = "";
    await expect(ensure(listen(), origin)).rejects.toThrow(/no checksum is published/);
  });
});

describe("by Go build", () => {
  test("it takes the place of what is in the cache, and what is on PATH is passed over, where that is asked", async () => {
    sandbox.script("bin/pulumi", pulumiOf("3.999.1"));
    sandbox.script("bin/pulumi-language-nodejs", "");
    sandbox.script(sandbox.cached, `echo downloaded`);
    sandbox.script(`${sandbox.cached}-language-nodejs`, "downloaded");
    sandbox.script("bin/go", goThatBuilds(sandbox));
    const { env } = sandbox;
    const engine = await ensureEngine({ env, signal: AbortSignal.timeout(20_000), fromModules: true });
    expect(engine).toMatchObject({ source: "build", command: sandbox.cached });
    expect(readFileSync(sandbox.cached, "utf8")).not.toContain("downloaded");
    expect(readFileSync(`${sandbox.cached}-language-nodejs`, "utf8")).not.toContain("downloaded");
  });

  test("go.mod's engine lands in the cache with our language host, and progress is reported", async () => {
    sandbox.script("bin/go", goThatBuilds(sandbox));
    const report = listen();
    const engine = await ensure(report);
    expect(engine).toMatchObject({ source: "build", command: sandbox.cached, version: engineVersion });
    expect(existsSync(`${sandbox.cached}-language-nodejs`)).toBe(true);
    expect(report.lines[0]).toMatch(/^No official download: 127.0.0.1:1 cannot be reached \(ECONNREFUSED\)/);
    expect(report.lines[1]).toMatch(/^Pulumi \S+ built from its Go modules in 0:0\d: /);
    expect(report.steps).toContainEqual(expect.stringMatching(/compiling, 1 of 2 packages, 0:0\d$/));
    expect((await ensure()).source).toBe("cache");
    expect(sandbox.read("builds")).toBe("built\n");
  });

  test("a build that says it is another version is not used", async () => {
    sandbox.script("bin/go", goThatBuilds(sandbox, { version: "3.0.0" }));
    await expect(ensure()).rejects.toThrow(/says it is version 3.0.0/);
    expect(existsSync(sandbox.cached)).toBe(false);
  });

  test("Go's own last words are shown, without the list of packages", async () => {
    const script = `[ "$1" = env ] || { echo example.com/a >&2; echo "main.go:1: broken" >&2; exit 1; }`;
    sandbox.script("bin/go", `${script}\n${goThatBuilds(sandbox)}`);
    const error = await ensure().catch((caught: Error) => caught);
    expect(error).toHaveProperty("message", expect.stringContaining("`go list` failed\nmain.go:1: broken"));
    expect(error).toHaveProperty("message", expect.not.stringContaining("example.com/a"));
  });
});

describe("with no way left", () => {
  test("one error names the three ways, why each is closed and what it needs", async () => {
    const error = await ensure().catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: "engine_unavailable", exitCode: 1 });
    const { message } = error as Error;
    expect(message).toContain("1. `pulumi` on PATH: there is none on PATH.");
    expect(message).toMatch(/Needs Pulumi \d+\.\d+\.\d+ or a newer 3\.x/);
    expect(message).toMatch(/2\. Official download .*: 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)\./);
    expect(message).toContain("Needs HTTPS to get.pulumi.com");
    expect(message).toContain("3. Go build into the same folder: Go is not on PATH.");
    expect(message).toMatch(/Needs Go 1\.\d+\.\d+ or newer on PATH/);
  });

  test("a Go that is too old and may not fetch a newer one is named", async () => {
    sandbox.script("bin/go", goThatBuilds(sandbox).replace("go1.99.0", "go1.20.1"));
    await expect(ensure()).rejects.toThrow(/3\. Go build into the same folder: Go 1\.20\.1 is too old\./);
  });

  test("a home folder that cannot be written to is one clear line", async () => {
    writeFileSync(path.join(sandbox.folder, "file"), "");
    sandbox.env.PULUMI_HOME = path.join(sandbox.folder, "file", "home");
    await expect(ensure()).rejects.toMatchObject({
      code: "engine_home_not_writable",
      message: `The Pulumi home folder ${sandbox.env.PULUMI_HOME} cannot be written to (ENOTDIR).`,
    });
  });
});
