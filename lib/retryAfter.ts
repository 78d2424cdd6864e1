/** The Retry-After header in both its forms (RFC 9110, section 10.2.3). */

/** Milliseconds to wait, or undefined where the header is absent or means nothing. */
export function retryAfter(
  header: string | string[] | null | undefined,
  now = Date.now(),
): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined || text === null) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
