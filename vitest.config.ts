/** The quick test run: one case of every family, on the real engine and a real tenant. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Those are a package of their own, with the official clients that they need.
    exclude: ["**/node_modules/**", "test/conformance/**"],
    tags: [
      {
        name: "soak",
        description: "Further cases of a family: `npm test` leaves them to `npm run test:soak`.",
      },
    ],
    // Most of what runs at the same time waits for an answer that does not come.
    maxConcurrency: 15,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
