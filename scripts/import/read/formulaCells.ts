/** Keeps a spreadsheet from running what a rejected row holds, in a way that the importer takes back. */

const formula = /^'*[=+\-@\t\r\n]/;
const plainNumber = /^[+-]?\d+(?:\.\d+)?$/;

/**
 * Puts an apostrophe before a cell that a spreadsheet would take for a formula.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function defuse(cell: string): string {
  return formula.test(cell) && !plainNumber.test(cell) ? `'${cell}` : cell;
}

/** The cell as it was before `defuse`. */
export function rearm(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}
