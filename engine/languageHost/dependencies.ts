/** The npm packages a program declares, with the versions that are installed: what `pulumi about` lists. */
import { readFileSync } from "node:fs";
import path from "node:path";

export interface Dependency {
  readonly name: string;
  readonly version: string;
}

/** Reads the nearest package.json at or above `folder`; no such file means no dependencies. */
export function programDependencies(folder: string): Dependency[] {
  for (const root of [folder, ...ancestors(folder)]) {
    const manifest = readManifest(path.join(root, "package.json"));
    if (manifest === undefined) continue;
    const declared = Object.entries({ ...manifest.devDependencies, ...manifest.dependencies });
    return declared
      .map(([name, range]) => ({ name, version: installedVersion(root, name) ?? range }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }
  return [];
}

interface Manifest {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

function installedVersion(root: string, name: string): string | undefined {
  for (const folder of [root, ...ancestors(root)]) {
    const manifest = readManifest(path.join(folder, "node_modules", name, "package.json"));
    if (manifest !== undefined) return manifest.version;
  }
  return undefined;
}

function readManifest(file: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

function ancestors(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [] : [parent, ...ancestors(parent)];
}
