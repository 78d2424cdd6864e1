/** The tables of docs/access-model.md, made from the rows that everything else is made from. */
import { defaultOf, type Property } from "../../infra/model/properties/property.ts";

/** A table in Markdown, a line for each property. */
export function propertyTable(properties: Readonly<Record<string, Property>>): string {
  const lines = Object.entries(properties).map(([key, property]) => {
    const { values, sentence, example, wire = [] } = property;
    const names = wire.map(({ name }) => code(name)).join(" ");
    return [code(key), values, defaultShown(property), sentence, code(example), names];
  });
  return [
    ["Property", "Values", "Default", "What it sets", "Example", "Auth0's name"],
    ["---", "---", "---", "---", "---", "---"],
    ...lines,
  ]
    .map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("");
}

/** The page with its tables made anew; each stands between two comments that name its section of the model. */
export function withPropertyTables(
  page: string,
  sections: Readonly<Record<string, Readonly<Record<string, Property>>>>,
): string {
  return page.replace(
    /(?<=<!-- properties of (\w+) -->\n).*?(?=<!-- \/properties -->)/gs,
    (old, section: string) => {
      const properties = sections[section];
      return properties ? `\n${propertyTable(properties)}\n` : old;
    },
  );
}

function defaultShown(property: Property): string {
  if (property.otherwise !== undefined) return property.otherwise;
  const value = defaultOf(property);
  if (value === undefined) return "";
  return code(Array.isArray(value) ? `[${value.join(", ")}]` : String(value));
}

function code(text: string): string {
  return `\`${text}\``;
}
