/** What values of the model may look like; a failed check's message completes "must be ...". */
import * as z from "zod";

export const text = (expected: string, most: number, pattern: RegExp) =>
  z
    .string(expected)
    // Each call of a validator copies it, so the checks are added together.
    .check(z.minLength(1, expected), z.maxLength(most, expected), z.regex(pattern, expected));

export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, `one of ${values.join(", ")}`);

/** One of many, so that a message had better not list them. */
export const namedOneOf = <const Values extends readonly string[]>(values: Values, expected: string) =>
  z.enum(values, expected);

export const onOrOff = () => z.boolean("true or false");

export const list = <Item extends z.ZodType>(item: Item) => z.array(item, "a list");

export const map = <Key extends z.ZodString, Value extends z.ZodType>(keys: Key, values: Value) =>
  z.record(keys, values, "a map");

/** Thirty days, the longest that Auth0 lets an access token live. */
const longestLifetime = 2_592_000;

export const seconds = () => {
  const expected = `a whole number of seconds from 1 to ${longestLifetime}`;
  return z.int(expected).check(z.gte(1, expected), z.lte(longestLifetime, expected));
};

/** A name that the Auth0 Dashboard shows. */
export const displayName = () =>
  text("text of 1 to 200 characters without < and >, on one line", 200, /^(?=\s*\S)[^<>\t\r\n]*$/);

/** The user's own name of an API or application. */
export const key = text(
  "1 to 60 lower-case letters, digits and single hyphens, starting with a letter",
  60,
  /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
);

// RFC 6749, section 3.3: printable ASCII without space, quotation mark and backslash.
export const scopeName = text(
  "1 to 280 printable ASCII characters without spaces, quotation marks and backslashes",
  280,
  /^[\x21\x23-\x5b\x5d-\x7e]+$/,
);

/** Keys that an entry had before; the entry's objects are kept under its present key. */
export const formerKeys = () => z.array(key, "a list").min(1, "a list of at least one key").optional();
