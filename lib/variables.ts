/** Names of environment variables that carry a key of the model. */

/** How the variables of a key begin, e.g. `import-job` gives `IMPORT_JOB` for `IMPORT_JOB_CLIENT_ID`. */
export function variablePrefix(key: string): string {
  return key.toUpperCase().replaceAll("-", "_");
}
