/** Changes by hand to properties that a model may leave out, in a model that declares them all. */
import { type Mutation, onApi } from "./mutation.ts";

interface Declared {
  /** What the model says of the API beyond what every model says. */
  readonly api?: Readonly<Record<string, unknown>>;
  readonly mutation: Mutation;
}

const rows: readonly Declared[] = [
  {
    api: { browserTokenLifetime: 3600 },
    mutation: onApi(
      "declared browser tokens live longer",
      { token_lifetime_for_web: 7200 },
      { token_lifetime_for_web: 3600 },
      ["changed", "token_lifetime_for_web", 3600, 7200, "high"],
    ),
  },
  {
    api: { refreshTokens: true },
    mutation: onApi(
      "declared refresh tokens are switched off",
      { allow_offline_access: false },
      { allow_offline_access: true },
      ["changed", "allow_offline_access", true, false, "medium"],
    ),
  },
];

export const declaredOfApi: Readonly<Record<string, unknown>> = Object.assign(
  {},
  ...rows.map(({ api }) => api),
);
export const declaredMutations: readonly Mutation[] = rows.map(({ mutation }) => mutation);
