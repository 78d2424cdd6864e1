/** The options that say where a job's credentials go, the same for every command that may write them. */

/** `env`: variables, for `set -a; . FILE` or Node's --env-file; `json`: for `timesheets-import --credentials-file`. */
export const credentialsFormats = ["env", "json", "kubernetes-secret"] as const;

export type CredentialsFormat = (typeof credentialsFormats)[number];

export const credentialsOptions = {
  credentials: {
    choices: ["none", ...credentialsFormats],
    default: "none",
    describe: "Write the job's credentials in this format",
  },
  out: { type: "string", requiresArg: true, describe: "File for the credentials, mode 0600" },
} as const;
