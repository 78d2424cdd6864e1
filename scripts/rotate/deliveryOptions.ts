/** The options that say where a job's new credentials go. */

export const deliveryOptions = {
  credentials: {
    choices: ["env", "json", "kubernetes-secret", "none"],
    default: "none",
    describe: "Write the job's credentials in this format",
  },
  out: { type: "string", requiresArg: true, describe: "File for the credentials, mode 0600" },
} as const;
