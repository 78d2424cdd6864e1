/** Finds what an object states and leaves to others at once. */
import type { Report } from "./parts.ts";
import { type Path, showPath } from "./problem.ts";
import { isAmong } from "./properties/leaveAlone.ts";
import { type Fields, mayBeSilent, type PropertyTable } from "./properties/property.ts";

/** What the model states is not left to others at the same time. */
export function leftAloneAndStated(place: Path, table: PropertyTable, fields: Fields, report: Report): void {
  const names = Array.isArray(fields.leaveAlone) ? fields.leaveAlone.map(String) : [];
  for (const [index, left] of names.entries()) {
    const stated = Object.entries(table.properties).find(
      ([property, row]) =>
        fields[property] !== undefined &&
        row.wire?.some((wire) => isAmong([left], wire.name)) &&
        // A default is no statement.
        mayBeSilent(row),
    );
    if (stated === undefined) continue;
    report(
      [...place, "leaveAlone", index],
      `${showPath(place)} states ${stated[0]}, so it is not left alone`,
      "Remove one of the two lines.",
    );
  }
}
