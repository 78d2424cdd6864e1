/** Every broken access model. */
import type { BrokenModel } from "./brokenModel.ts";
import { brokenExceptions } from "./exceptions.ts";
import { brokenForeign } from "./foreign.ts";
import { brokenKeys } from "./keys.ts";
import { brokenOverrides } from "./overrides.ts";
import { brokenReferences } from "./references.ts";
import { brokenSecrets } from "./secrets.ts";
import { brokenText } from "./text.ts";
import { brokenValues } from "./values.ts";

export const brokenModels: readonly BrokenModel[] = [
  ...brokenText,
  ...brokenKeys,
  ...brokenValues,
  ...brokenReferences,
  ...brokenForeign,
  ...brokenSecrets,
  ...brokenExceptions,
  ...brokenOverrides,
];
