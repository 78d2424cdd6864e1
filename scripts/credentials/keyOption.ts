/** The option that names private keys, the same for every command that gets tokens. */

export const privateKeyOption = {
  type: "string",
  array: true,
  requiresArg: true,
  default: [] as string[],
  defaultDescription: "M2M_PRIVATE_KEY_FILE, else where `rotate key` put it",
  describe: "Private key of a private_key_jwt application: a PEM file, or <application>=<file>",
} as const;
