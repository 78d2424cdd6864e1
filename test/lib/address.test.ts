/** A secret or a token goes over TLS, or stays on this machine. */
import { expect, test } from "vitest";
import { isConfidential, isLoopback, loopbackAddress, serviceAddress } from "../../lib/address.ts";

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

test.each(["127.evil.com", "127.0.0.1.evil.com", "localhost.evil.com", "::2", "0.0.0.0", "1127.0.0.1"])(
  "%s is not this machine",
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);

test("a local server listens where localhost leads: on IPv4, or on IPv6 where that is all there is", () => {
  const ipv4 = { address: "127.0.0.1", family: 4 };
  const ipv6 = { address: "::1", family: 6 };
  expect(loopbackAddress([ipv6, ipv4])).toBe("127.0.0.1");
  expect(loopbackAddress([])).toBe("127.0.0.1");
  expect(loopbackAddress([ipv6])).toBe("::1");
});

test.each([
  ["https://api.exampleco.com/v1", {}],
  ["http://localhost:4480", {}],
  ["http://api.exampleco.com", { allowHttp: true }],
  ["https://login.exampleco.com/token?policy=b2c", { query: true }],
])("%s is taken as the address of a service", (address, options) => {
  expect(serviceAddress(address, "--api-url", options).href).toBe(new URL(address).href);
});

test.each([
  ["api.exampleco.com", "not the address of a service"],
  ["ftp://localhost", "not the address of a service"],
  ["https://job:hunter2@api.exampleco.com", "not the address of a service"],
  ["https://api.exampleco.com/?v=1", "not the address of a service"],
  ["https://api.exampleco.com/#v1", "not the address of a service"],
  ["http://api.exampleco.com", "is not https"],
])("%s is refused, without being shown", (address, message) => {
  const refused = expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) });
  expect(() => serviceAddress(address, "--api-url")).toThrow(refused);
  expect(() => serviceAddress(address, "--api-url")).not.toThrow(/hunter2/);
});
