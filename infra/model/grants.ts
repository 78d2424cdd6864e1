/** Grants as a model writes them, in short or in full, and as everything else reads them. */
import * as z from "zod";
import { grantProperties } from "./properties/grant.ts";
import { shapeOf } from "./properties/property.ts";
import { list, scopeName } from "./properties/values.ts";

const full = z.strictObject(shapeOf(grantProperties), "a map");

/** What may be asked for on one API, by an application itself or by its users. */
export type Grant = Omit<z.output<typeof full>, "scopes"> & {
  /** Empty with allScopes. */
  scopes: string[];
};

/** A list of scopes is short for a map with nothing else; a list of maps is for several subjects. */
export const grantEntry = z
  .union([list(scopeName), full, list(full).min(1, "a list of at least one grant")], "a list")
  .transform((written, context): Grant[] => {
    const complete = ({ scopes, ...rest }: z.output<typeof full>, path: (string | number)[]): Grant => {
      if (scopes === undefined && rest.allScopes !== true) {
        context.issues.push({
          code: "custom",
          message: "a list",
          path: [...path, "scopes"],
          input: undefined,
        });
      }
      return { scopes: scopes ?? [], ...rest };
    };
    if (!Array.isArray(written)) return [complete(written, [])];
    const scopes = written.filter((one) => typeof one === "string");
    const grants = written.filter((one) => typeof one === "object");
    return grants.length > 0
      ? grants.map((one, index) => complete(one, [index]))
      : [{ scopes, subject: "client" }];
  })
  .meta({ id: "grants" });

/** The keys of a grant that is written in full. */
export const grantShape = full.shape;

/** The shortest way to write grants on one API. */
export function asWritten(grants: readonly Grant[]): unknown {
  const [first] = grants;
  if (first === undefined || grants.length > 1) return grants.map(withoutDefaults);
  const { scopes, subject, ...others } = first;
  const isShort = subject === "client" && Object.values(others).every((value) => value === undefined);
  return isShort ? [...scopes] : withoutDefaults(first);
}

function withoutDefaults({ scopes, subject, ...others }: Grant): object {
  return {
    ...(others.allScopes === true && scopes.length === 0 ? {} : { scopes: [...scopes] }),
    ...(subject === "client" ? {} : { subject }),
    ...others,
  };
}
