/** Properties that are somebody else's: their names on the wire, and what the program must not write for them. */
import { type Fields, type Property, type PropertyTable, wiresOf } from "./property.ts";
import { list, namedOneOf } from "./values.ts";

type Named = Pick<PropertyTable, "properties" | "fixed" | "others" | "undeclared">;

/**
 * The row for a kind of object.
 * @param object What has the properties, e.g. `an API`.
 * @param readOnly Names that nobody can leave to others, each with what to do instead, one sentence.
 */
export function leaveAloneRow<const Example extends string>(
  object: string,
  example: Example,
  table: Named,
  readOnly: Readonly<Record<string, string>>,
) {
  const names = [...argumentsByName(table).keys()].sort();
  return {
    accepts: list(namedOneOf(names, `the Management API's name of a property of ${object}`)).optional(),
    sentence:
      "Properties that others look after, by the Management API's names: never written after the object is made, and no drift.",
    values: "list of names",
    example: `leaveAlone: [${example}]` as const,
    fix: `List properties by the Management API's names, such as \`[${example}]\`.`,
    instead: readOnly,
    alsoCalled: ["ignoreChanges", "unmanaged"],
  } as const satisfies Property;
}

/** What an object with these fields leaves to others, by names on the wire. */
export function leftAlone(table: PropertyTable, fields: Fields): readonly string[] {
  const named: readonly unknown[] = Array.isArray(fields.leaveAlone) ? fields.leaveAlone : [];
  const silent = wiresOf(table).filter((wire) => wire.elseLeftAlone && wire.value(fields) === undefined);
  return [...named.map(String), ...silent.map(({ name }) => name)];
}

/** Whether a property is one of these, or a part of one. */
export function isAmong(names: readonly string[], property: string): boolean {
  return names.some(
    (name) => property === name || property.startsWith(`${name}.`) || property.startsWith(`${name}[`),
  );
}

/** The arguments that Pulumi must leave as they are, for its option `ignoreChanges`. */
export function ignoredArguments(table: PropertyTable, fields: Fields): { ignoreChanges?: string[] } {
  const known = argumentsByName(table);
  const ignored = leftAlone(table, fields).flatMap((name) => known.get(name) ?? []);
  return ignored.length === 0 ? {} : { ignoreChanges: [...new Set(ignored)].sort() };
}

/** Every name that may be left alone, with its argument; null where the provider never writes it. */
function argumentsByName(table: Named): Map<string, string | null> {
  const byName = new Map<string, string | null>(Object.entries(table.others));
  for (const { name, argument } of wiresOf(table)) {
    const [names, parts] = [name.split("."), argument.split(".")];
    for (const depth of names.keys()) {
      byName.set(names.slice(0, depth + 1).join("."), parts.slice(0, depth + 1).join("."));
    }
  }
  for (const name of Object.keys(table.undeclared)) {
    // No row sets a part of the whole, so the whole is what the program must not write.
    const whole = byName.get(name.split(".")[0] ?? name) ?? null;
    if (!byName.has(name)) byName.set(name, whole);
  }
  return byName;
}
