/** The options that say which application's key or secret is rotated. */
import { requiredStackOption } from "../../session/stackOption.ts";

export const applicationOptions = {
  stack: requiredStackOption,
  application: {
    type: "string",
    requiresArg: true,
    describe: "The application, by its key in the access model; needed where several could be meant",
  },
} as const;
