/** Changes by hand to properties that a model may leave out, in a model that declares them all. */
import type { Mutation } from "./mutation.ts";

interface Declared {
  /** What the model says of the API beyond what every model says. */
  readonly api?: Readonly<Record<string, unknown>>;
  readonly mutation: Mutation;
}

const rows: readonly Declared[] = [];

export const declaredOfApi: Readonly<Record<string, unknown>> = Object.assign(
  {},
  ...rows.map(({ api }) => api),
);
export const declaredMutations: readonly Mutation[] = rows.map(({ mutation }) => mutation);
