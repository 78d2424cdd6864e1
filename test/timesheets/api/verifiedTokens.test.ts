/** A token's signature is checked once in a while, not at each request, and what was refused is refused again. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type RequestHandler } from "express";
import { auth } from "express-oauth2-jwt-bearer";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { rememberVerified } from "../../../timesheets/api/verifiedTokens.ts";

const issuer = "https://localhost:1/";
const audience = "https://api.exampleco.com/timesheets";
const secret = "a-signing-secret-of-an-api-in-HS256";

/** An API that answers with the subject of the token; `checks` counts the signatures that it had to check. */
async function startApi(now: () => number) {
  const verify = auth({ issuer, audience, secret, tokenSigningAlg: "HS256" });
  let checks = 0;
  const counted: RequestHandler = (request, response, next) => {
    checks++;
    return verify(request, response, next);
  };
  const app = express();
  app.use(rememberVerified(counted, now));
  app.get("/", (request, response) => {
    response.send(request.auth?.payload.sub);
  });
  app.use(((_error, _request, response, _next) => {
    response.sendStatus(401);
  }) satisfies express.ErrorRequestHandler);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    async ask(token: string, query = "") {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`http://127.0.0.1:${port}/${query}`, { headers });
      return [answer.status, await answer.text(), checks];
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function sign(subject: string, lifetime: number): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
    .sign(Buffer.from(secret));
}

test("a token that comes again within ten seconds is known, each with its own claims", async () => {
  let time = Date.now();
  await using api = await startApi(() => time);
  const [one, other] = [await sign("one", 3600), await sign("other", 3600)];
  expect(await api.ask(one)).toEqual([200, "one", 1]);
  expect(await api.ask(other)).toEqual([200, "other", 2]);
  time += 9999;
  expect(await api.ask(one)).toEqual([200, "one", 2]);
  time += 1;
  expect(await api.ask(one)).toEqual([200, "one", 3]);
});

test("no verification outlives its token", async () => {
  let time = Date.now();
  await using api = await startApi(() => time);
  const token = await sign("one", 3);
  await api.ask(token);
  time += 3000;
  expect(await api.ask(token)).toEqual([200, "one", 2]);
});

test("a token with another signature, or one that was refused, is checked each time", async () => {
  await using api = await startApi(Date.now);
  const token = await sign("one", 3600);
  await api.ask(token);
  const forged = `${token.slice(0, token.lastIndexOf("."))}.${"A".repeat(43)}`;
  expect(await api.ask(forged)).toEqual([401, "Unauthorized", 2]);
  expect(await api.ask(forged)).toEqual([401, "Unauthorized", 3]);
  expect(await api.ask(token, `?access_token=${token}`)).toEqual([401, "Unauthorized", 4]);
});
