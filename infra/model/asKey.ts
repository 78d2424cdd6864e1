/** Makes a key of the model from any text. */

/** The closest text that is a valid key of an API or application. */
export function asKey(text: string): string {
  const words = text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[-0-9]+|-+$/g, "")
    .slice(0, 60);
  return words === "" ? "my-api" : words.replace(/-$/, "");
}
