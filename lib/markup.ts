/** Text from elsewhere made safe for Markdown: names in a tenant are anyone's to choose. */

import { plainText } from "./text.ts";

// Splits what GitHub and GitLab would make a link or a notification of, and shows nothing.
const nothing = "<!-- -->";

/** Text without markup, links, or mentions of people and issues. */
export function markdownText(text: string): string {
  return onOneLine(text)
    .replaceAll(/[\\`*_{}[\]<>()#+!|~]/g, "\\$&")
    .replaceAll(/@(?=[\w-])/g, `$&${nothing}`)
    .replaceAll(/(?:\\#|\bGH-)(?=\d)/gi, `$&${nothing}`)
    .replaceAll(/\b(?:https?|ftp):(?=\/\/)|\bwww(?=\.)/gi, `$&${nothing}`);
}

/** The same text as code, in which nothing is markup; a bar is escaped, as in a table it would end the cell. */
export function markdownCode(text: string): string {
  const line = onOneLine(text).replaceAll("|", "\\|");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest > 0 ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}

function onOneLine(text: string): string {
  return plainText(text.replaceAll(/\s+/g, " "));
}
