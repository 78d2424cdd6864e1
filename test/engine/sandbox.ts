/** A machine in a temporary folder: a PATH with only what a test puts there, and an empty Pulumi home. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { engineVersion } from "../../engine/version.ts";
import type { Report } from "../../lib/report.ts";

export interface Sandbox {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where the cached engine belongs. */
  readonly cached: string;
  /** Puts a shell script onto the PATH, or wherever `file` says relative to the folder. */
  script(file: string, body: string): string;
  /** A file of the sandbox, or "" where there is none. */
  read(file: string): string;
  remove(): void;
}

export function createSandbox(): Sandbox {
  const folder = mkdtempSync(path.join(os.tmpdir(), "auth0-m2m engine-"));
  const home = path.join(folder, "pulumi home");
  mkdirSync(path.join(folder, "bin"));
  return {
    folder,
    env: { HOME: folder, PATH: path.join(folder, "bin"), PULUMI_HOME: home },
    cached: path.join(home, "versions", engineVersion, "bin", "pulumi"),
    script(file, body) {
      const target = path.resolve(folder, file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, `#!/bin/sh\n${body}\n`);
      chmodSync(target, 0o755);
      return target;
    },
    read(file) {
      const target = path.resolve(folder, file);
      return existsSync(target) ? readFileSync(target, "utf8") : "";
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** A `pulumi` that knows its version and nothing else. */
export function pulumiOf(version: string): string {
  return `echo v${version}`;
}

/**
 * A `go` whose build writes a working `pulumi`; it notes every build in `builds` and waits `seconds` halfway, with
 * half of the output written and its process id (and its child's) in `pids`.
 */
export function goThatBuilds(sandbox: Sandbox, { seconds = 0, version = engineVersion } = {}): string {
  return `case "$1" in
env) echo '{"GOVERSION":"go1.99.0","GOTOOLCHAIN":"local","GOMODCACHE":"${sandbox.folder}/mod","GOCACHE":"${sandbox.folder}/cache"}' ;;
list) echo "go: downloading example.com/a v1.0.0" >&2; echo example.com/a; echo example.com/b ;;
build)
  echo built >> '${sandbox.folder}/builds'
  while [ "$1" != -o ]; do shift; done
  printf '#!/bin/sh\\n' > "$2"
  /bin/chmod 755 "$2"
  echo example.com/a >&2
  if [ ${seconds} -gt 0 ]; then
    /bin/sleep ${seconds} &
    echo "$$ $!" > '${sandbox.folder}/pids'
    wait
  fi
  echo 'echo v${version}' >> "$2" ;;
esac`;
}

/** Keeps what is reported. */
export function listen(): Report & { readonly lines: string[]; readonly steps: string[] } {
  const lines: string[] = [];
  const steps: string[] = [];
  const report: Report = ({ level, message }) => (level === "progress" ? steps : lines).push(message);
  return Object.assign(report, { lines, steps });
}
