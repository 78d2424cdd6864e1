/** Words that the text and the markdown report share. */
import { plainText, visibleText } from "../../../../lib/text.ts";
import type { Cause, DriftReport } from "../reportSchema.ts";

/** A value on one line; characters that cannot be seen, which a tenant's names may hold, are written out. */
export function valueText(value: unknown): string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value)
    ? value
    : visibleText(JSON.stringify(value));
}

export function causeText({ actor, by, date, ip, request }: Cause): string {
  const through =
    by === "dashboard" ? " in the Dashboard" : by === "api" ? " through the Management API" : "";
  return plainText(`${actor}${through} at ${date}${ip ? ` from ${ip}` : ""} (${request})`);
}

/** One line that says how it stands. */
export function summaryText({ summary, stacks }: DriftReport): string {
  const { changed, missing, unmanaged, weakened, accepted, expired, failed } = summary;
  const compared = stacks.length - failed;
  const found = changed + missing + unmanaged;
  const parts = [
    found === 0
      ? `No difference in ${plural(compared, "stack")}`
      : `${plural(found, "difference")} in ${plural(compared, "stack")}: ${changed} changed, ${missing} missing, ${unmanaged} unmanaged; ${weakened} weakened`,
    ...(accepted > 0 ? [`${accepted} accepted`] : []),
    ...(expired > 0 ? [`${plural(expired, "acceptance")} expired`] : []),
    ...(failed > 0 ? [`${plural(failed, "stack")} could not be compared`] : []),
  ];
  return `${parts.join("; ")}.`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
