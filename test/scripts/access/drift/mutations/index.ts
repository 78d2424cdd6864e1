/** Every change of the table. */
import { apiMutations } from "./api.ts";
import { applicationMutations } from "./application.ts";
import { secretMutations } from "./credentials.ts";
import { grantMutations } from "./grants.ts";
import type { Mutation } from "./mutation.ts";
import { unusedMutations } from "./unused.ts";

export { keyMutations } from "./credentials.ts";
export { declaredMutations, declaredOfApi, declaredOfApplication } from "./declared.ts";
export {
  allScopesMutations,
  declaredGrants,
  grantSettingMutations,
  thirdPartyMutations,
} from "./grantSettings.ts";
export { leftAloneByApi, leftAloneByApplication, leftAloneByGrant, leftAloneChanges } from "./leftAlone.ts";
export type { Mutation } from "./mutation.ts";

/** On the default model, whose application authenticates by secret. */
export const mutations: readonly Mutation[] = [
  ...apiMutations,
  ...applicationMutations,
  ...unusedMutations,
  ...secretMutations,
  ...grantMutations,
];
