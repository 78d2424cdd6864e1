/** The shape of a job file, import.yaml: the validator, and the JSON Schema that editors complete from. */
import * as z from "zod";

// A failed check's message completes "must be ..."; loadJob.ts adds the rest of the sentence.
const text = (expected: string, most: number, pattern = /^(?=\s*\S)[^\r\n]*$/) =>
  z.string(expected).min(1, expected).max(most, expected).regex(pattern, expected);
const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, `one of ${values.join(", ")}`);
const flag = z.boolean("true or false");
const count = (most: number) => {
  const expected = `a whole number from 1 to ${most}`;
  return z.int(expected).min(1, expected).max(most, expected);
};
const status = z
  .int("an HTTP status from 200 to 599")
  .min(200, "an HTTP status from 200 to 599")
  .max(599, "an HTTP status from 200 to 599");
const statuses = z.array(status, "a list of HTTP statuses");
/** Keys from the document's root, joined by dots; the empty path is the document itself. */
const path = z.string("a path such as error.message").max(200, "a path of at most 200 characters");
const scalar = z.union([z.string(), z.number(), z.boolean()], "text, a number, or true or false");

/** What a field's values are; `date` is a day or an instant with its offset, `day` a day alone. */
export const fieldTypes = ["text", "number", "date", "day", "boolean"] as const;

const field = z
  .strictObject(
    {
      column: text("the name of a column or of a JSON key", 200)
        .optional()
        .describe("The input's column or JSON key. The field's own name by default."),
      path: text("a path such as customer.id", 200)
        .optional()
        .describe("The place of the value in a nested JSON object, keys joined by dots."),
      constant: scalar.optional().describe("The same value in every entry."),
      computed: text("text with {field} in it", 500)
        .optional()
        .describe("Text made from other fields, such as {customer}-{number}."),
      type: oneOf(fieldTypes).default("text").describe("What the values are."),
      required: flag.default(true).describe("false leaves the field out of an entry where it has no value."),
      longest: count(100_000).optional().describe("Characters of a text. 200 by default."),
      pattern: text("a regular expression", 500)
        .optional()
        .describe("A regular expression that the whole text must match."),
      oneOf: z
        .array(scalar, "a list of values")
        .min(1, "a list of values")
        .optional()
        .describe("The only values there may be."),
      format: text("a date format such as DD/MM/YYYY", 40)
        .optional()
        .describe("How the input writes dates, such as DD/MM/YYYY, or excel for serial numbers."),
      decimal: oneOf(["point", "comma"]).optional().describe("How the input writes decimals."),
      over: z.number("a number").optional().describe("A number must be more than this."),
      least: z.number("a number").optional().describe("A number must be at least this."),
      most: z.number("a number").optional().describe("A number must be at most this."),
      decimals: z
        .int("a whole number from 0 to 10")
        .min(0, "a whole number from 0 to 10")
        .max(10, "a whole number from 0 to 10")
        .optional()
        .describe("Decimal places of a number, at most; 0 for whole numbers."),
      as: oneOf(["number", "text"])
        .optional()
        .describe('How a number is sent: 12.5, the default, or "12.5".'),
    },
    "a map",
  )
  .describe("Where one field of an entry comes from, and what it must be.");

const place = {
  in: path.describe("Where the list is, such as results. Empty for the whole body."),
  index: path.optional().describe("Where an item has the entry's position in the request, from 0."),
  pointer: path.optional().describe("Where an item has a JSON Pointer to its entry, such as /3/hours."),
  code: path.optional().describe("Where an item has a short code for the reason."),
  message: path.optional().describe("Where an item has the reason in words."),
};

const answers = z
  .strictObject(
    {
      stored: statuses
        .default([200, 201, 207])
        .describe("Statuses of an answer whose body says which entries were stored."),
      storedByStatus: statuses
        .default([])
        .describe("Statuses that alone mean that all entries were stored, whatever the body."),
      alreadyStored: statuses
        .default([])
        .describe(
          "Statuses, of an entry or of a request with one entry, that mean that it was there already.",
        ),
      counts: z
        .strictObject(
          {
            accepted: path.default("accepted").describe("Where the number of new entries is."),
            alreadyStored: path
              .default("alreadyStored")
              .describe("Where the number of entries is that were there already."),
          },
          "a map",
        )
        .optional()
        .describe("Numbers that account for every entry."),
      entries: z
        .strictObject(
          {
            ...place,
            status: path.default("status").describe("Where an item has its status, or true or false."),
            stored: z
              .array(scalar, "a list of values")
              .default([])
              .describe("Values of status that mean stored, besides 200 to 299 and true."),
            alreadyStored: z
              .array(scalar, "a list of values")
              .default([])
              .describe("Values of status that mean that the entry was there already."),
          },
          "a map",
        )
        .optional()
        .describe("A list with one item for each entry."),
      errors: z
        .strictObject(place, "a map")
        .optional()
        .describe("A list with an item for each fault, which names its entry."),
    },
    "a map",
  )
  .describe("What the API's answers mean.");

export const jobSchema = z.strictObject(
  {
    name: text("text of 1 to 60 characters", 60)
      .default("import")
      .describe("What messages call the import, such as invoices."),
    endpoint: text(
      "a method and a path, such as POST /v2/invoices",
      500,
      // A path that climbs with dots, which may be escaped, leaves the API's address.
      /^(?:POST|PUT|PATCH) (?!\S*\/(?:\.|%2[eE]){1,2}(?:[/?]|$))\/(?!\/)[\x21\x23-\x5b\x5d-\x7e]*$/,
    ).describe("Method and path, below the API's address."),
    headers: z
      .record(
        z
          .string()
          .regex(
            /^(?!(?:authorization|connection|content-.*|cookie|host|idempotency-key|transfer-encoding)$)[a-z0-9-]{1,60}$/i,
            "the name of a header that the import does not set itself",
          ),
        text("visible ASCII characters", 500, /^[\x20-\x7e]*$/),
        "a map",
      )
      .default({})
      .describe("Further headers of every request; never a secret."),
    scope: text("a scope", 280, /^[\x21\x23-\x5b\x5d-\x7e]+$/)
      .optional()
      .describe("The scope that the application needs, for messages."),
    batch: z
      .strictObject(
        {
          in: text("a key such as invoices", 100)
            .optional()
            .describe("The key that holds the list of entries. A bare list by default."),
          most: count(10_000).default(500).describe("Entries in one request."),
          lone: oneOf(["list", "object"])
            .default("list")
            .describe("With --batch-size 1: a list of one, or the entry itself."),
        },
        "a map",
      )
      .prefault({})
      .describe("How entries are put into a request."),
    fields: z
      .record(text("the name of a field", 100, /^[^\s.{}][^.{}\r\n]*$/), field, "a map of fields")
      .refine((fields) => Object.keys(fields).length > 0, "a map with at least one field")
      .describe("The fields of an entry, by their names in the API."),
    key: z
      .array(z.string("the name of a field"), "a list of fields")
      .default([])
      .describe("The fields that together tell one entry from another."),
    exactlyOnce: flag
      .default(false)
      .describe(
        "true where the API stores an entry once however often it is sent: see docs/import-contract.md.",
      ),
    answers: answers.prefault({}),
  },
  "a map",
);

/** What an import sends where, and what the answers mean. */
export type Job = z.output<typeof jobSchema>;

/** One field of an entry: where it comes from and what it must be. */
export type FieldRule = z.output<typeof field>;

export type AnswerRules = z.output<typeof answers>;
