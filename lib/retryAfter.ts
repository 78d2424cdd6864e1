/** The Retry-After header in both its forms (RFC 9110, section 10.2.3). */

/**
 * Milliseconds to wait, or undefined where the header is absent or asks for no wait that a caller could keep to: 0, a
 * moment that has passed, a fraction, or anything else that is not of the two forms.
 */
export function retryAfter(
  header: string | string[] | null | undefined,
  now = Date.now(),
): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? "";
  const asked = /^\d+$/.test(text)
    ? Number(text) * 1000
    : dateForm.test(text)
      ? Date.parse(text) - now
      : Number.NaN;
  return asked > 0 ? asked : undefined;
}

// Date.parse takes "1.5" and "-1" for days.
const dateForm = /^(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? /;
