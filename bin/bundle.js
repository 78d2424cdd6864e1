// Bundles the command lines into `dist/`, from which they start in little more than half the time; with the argument
// `job` the import job alone into `dist/job/`, which needs nothing beside it but Node. Plain JavaScript, as `npm ci` runs
// it with whichever Node there is.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const folder = path.join(root, "dist");

// What a short command loads. Larger packages are loaded from where they are installed, when they are needed.
const bundled = ["fastest-levenshtein", "jose", "proper-lockfile", "undici", "yaml", "zod"];

// Files that lie beside a module are found beside its source: the bundle is for this checkout alone.
const placesOfSources = {
  name: "places-of-sources",
  transform(code, id) {
    if (!path.isAbsolute(id) || !code.includes("import.meta.")) return null;
    const place = (target) => JSON.stringify(path.relative(folder, target).split(path.sep).join("/"));
    const join = 'process.getBuiltinModule("node:path").join';
    return code
      .replaceAll(/\bimport\.meta\.dirname\b/g, `${join}(import.meta.dirname, ${place(path.dirname(id))})`)
      .replaceAll(/\bimport\.meta\.filename\b/g, `${join}(import.meta.dirname, ${place(id)})`)
      .replaceAll(/\bimport\.meta\.url\b/g, `new URL(${place(id)}, import.meta.url).href`);
  },
};

// Names the sources, so that `launch.js` notices a bundle that is older than one of them.
const listOfSources = {
  name: "list-of-sources",
  writeBundle() {
    const sources = [...this.getModuleIds()].filter(
      (id) => path.isAbsolute(id) && !id.includes("node_modules"),
    );
    const files = [...sources, path.join(root, "package-lock.json")].map((file) => path.relative(root, file));
    writeFileSync(path.join(folder, "sources.json"), JSON.stringify(files.sort()));
  },
};

// The job's own bundle has no project and no Pulumi: what reads them is left out, and the rest of it starts by itself.
const jobEntry = "job:entry";
const withoutStack = path.join(root, "scripts", "import", "withoutStack.ts");
const left = ["scripts/import/stack.ts", "scripts/session/candidates.ts"].map((file) =>
  path.join(root, file),
);
const jobAlone = {
  name: "job-alone",
  resolveId(id, importer) {
    if (id === jobEntry) return id;
    return importer && left.includes(path.resolve(path.dirname(importer), id)) ? withoutStack : null;
  },
  load(id) {
    if (id !== jobEntry) return null;
    return `import { start } from ${JSON.stringify(path.join(root, "scripts", "import", "main.ts"))}; start();`;
  },
};

const shared = {
  cwd: root,
  platform: "node",
  logLevel: "warn",
  checks: { ineffectiveDynamicImport: false },
};

const rolldown = await import("rolldown").catch(() => undefined);
const isJob = process.argv[2] === "job";
if (rolldown === undefined) {
  process.stderr.write(
    isJob
      ? "The job cannot be bundled, as rolldown is not installed: npm ci installs it.\n"
      : "Not bundled, as rolldown is not installed: the command lines start from their sources, more slowly.\n",
  );
  if (isJob) process.exitCode = 1;
} else {
  const { name, version, dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  if (isJob) {
    const job = path.join(folder, "job");
    await rolldown.build({
      ...shared,
      input: { "timesheets-import": jobEntry },
      plugins: [jobAlone],
      output: { dir: job, format: "esm", cleanDir: true, minify: true },
    });
    writeFileSync(path.join(job, "package.json"), JSON.stringify({ name, version, type: "module" }));
  } else {
    await rolldown.build({
      ...shared,
      input: {
        "auth0-m2m": path.join(root, "scripts", "access", "main.ts"),
        "timesheets-import": path.join(root, "scripts", "import", "main.ts"),
      },
      external: Object.keys(dependencies)
        .filter((dependency) => !bundled.includes(dependency))
        .map((dependency) => new RegExp(`^${dependency}(/|$)`)),
      plugins: [placesOfSources, listOfSources],
      output: { dir: folder, format: "esm", cleanDir: true },
    });
  }
}
