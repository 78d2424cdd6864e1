/** The options that say where a job's credentials go, the same for every command that may write them. */
import type { Options } from "../terminal/command.ts";

/** `env`: variables, for `set -a; . FILE` or Node's --env-file; `json`: one document, for a job that reads its credentials from a file. */
const credentialsFormats = ["env", "json", "kubernetes-secret"] as const;

export type CredentialsFormat = (typeof credentialsFormats)[number];

export const credentialsOptions = {
  credentials: {
    type: "string",
    value: "format",
    choices: ["none", ...credentialsFormats],
    default: "none",
    describe: "Write the job's credentials in this format",
  },
  out: { type: "string", value: "file", describe: "Write them to this file, mode 0600" },
} as const satisfies Options;
