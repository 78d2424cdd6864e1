/** The options that say which application's key or secret is rotated. */
import { applicationKeys } from "../../session/candidates.ts";
import { requiredStackOption } from "../../session/stackOption.ts";
import type { Options } from "../../terminal/command.ts";

export const applicationOptions = {
  stack: requiredStackOption,
  application: {
    type: "string",
    value: "key",
    candidates: applicationKeys,
    describe: "Rotate this application's; needed where the model has several that could be meant",
  },
} as const satisfies Options;
