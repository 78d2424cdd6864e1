/** A secret or a token goes over TLS, or stays on this machine. */
import { expect, test } from "vitest";
import { isConfidential } from "../../lib/loopback.ts";

test.each([
  "https://example.eu.auth0.com/oauth/token",
  "http://localhost:4480",
  "http://LOCALHOST:4480",
  "http://127.0.0.1/",
  "http://127.8.9.10/",
  "http://[::1]:4480/",
])("takes %s", (address) => {
  expect(isConfidential(new URL(address))).toBe(true);
});

test.each([
  "http://example.eu.auth0.com/",
  "http://localhost.example.com/",
  "http://127.0.0.1.example.com/",
  "http://128.0.0.1/",
  "http://[::2]/",
  "http://user@example.com:80@localhost.example.com/",
  "ftp://localhost/",
])("refuses %s", (address) => {
  expect(isConfidential(new URL(address))).toBe(false);
});
