/** The option that names a stack, the same for every command that cannot do without one. */

export const requiredStackOption = {
  type: "string",
  demandOption: true,
  requiresArg: true,
  describe: "The stack",
} as const;
