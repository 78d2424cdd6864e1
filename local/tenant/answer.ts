/** JSON answers, made the one way that the server's adapter sends without a stream in between. */

/** `Response.json` would do the same at a third of the speed, since its body is a stream already. */
export function jsonAnswer(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
