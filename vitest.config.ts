/** The quick test run: one case of every family, on the real engine and a real tenant. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Those are a package of their own, with the official clients that they need.
    exclude: ["**/node_modules/**", "test/conformance/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
