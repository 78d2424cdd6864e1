/** How many access tokens `jose` signs by itself in a second, one after the other. Argument: seconds. */
import { generateKeyPair, SignJWT } from "../node_modules/jose/dist/webapi/index.js";

const seconds = Number(process.argv[2] ?? 3);
const { privateKey } = await generateKeyPair("RS256");
const sign = (iat: number) =>
  new SignJWT({
    iss: "https://localhost/",
    sub: "x@clients",
    aud: "urn:bench",
    iat,
    exp: iat + 86_400,
    scope: "read:a",
  })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: "bench" })
    .sign(privateKey);
for (let index = 0; index < 200; index++) await sign(index);
const started = performance.now();
let count = 0;
// As many at a time as the other side has connections.
while (performance.now() - started < seconds * 1000) {
  await Promise.all(Array.from({ length: 8 }, () => sign(count++)));
}
process.stdout.write(`${JSON.stringify({ perSecond: count / ((performance.now() - started) / 1000) })}\n`);
