/** The cases of test/e2e/foreign.test.ts on the providers that it leaves out. */
import { describe } from "vitest";
import { foreignCases } from "../e2e/foreignCases.ts";
import { providers } from "../helpers/providers.ts";

describe.each(providers.slice(1))("with the %s provider", foreignCases);
