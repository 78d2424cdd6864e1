/** The option that names private keys, the same for every command that gets tokens. */
import type { Option } from "../terminal/command.ts";

export const privateKeyOption = {
  type: "string",
  value: "file",
  repeatable: true,
  defaultText: "M2M_PRIVATE_KEY_FILE, else where `rotate key` put it",
  describe: "Sign for a private_key_jwt application with this PEM file, or with <application>=<file>",
} as const satisfies Option;
