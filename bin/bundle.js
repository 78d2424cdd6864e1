// Bundles the command lines into `dist/`, from which they start in little more than half the time. Plain JavaScript, as
// `npm ci` runs it with whichever Node there is.
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

const rolldown = await import("rolldown").catch(() => undefined);
if (rolldown === undefined) {
  process.stderr.write(
    "Not bundled, as rolldown is not installed: the command lines start from their sources, more slowly.\n",
  );
} else {
  const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  await rolldown.build({
    cwd: root,
    input: {
      "auth0-m2m": path.join(root, "scripts", "access", "main.ts"),
      "timesheets-import": path.join(root, "scripts", "import", "main.ts"),
    },
    platform: "node",
    logLevel: "warn",
    checks: { ineffectiveDynamicImport: false },
    external: Object.keys(dependencies)
      .filter((name) => !bundled.includes(name))
      .map((name) => new RegExp(`^${name}(/|$)`)),
    plugins: [placesOfSources, listOfSources],
    output: { dir: folder, format: "esm", cleanDir: true },
  });
}
