/** The cases of test/e2e/leftAlone.test.ts on the providers that it leaves out, and adoption on every one. */
import { describe } from "vitest";
import { keptElsewhereCase, leftAloneCases } from "../e2e/leftAloneCases.ts";
import { providers } from "../helpers/providers.ts";

describe.each(providers.slice(0, -1))("with the %s provider", leftAloneCases);
describe.each(providers)("with the %s provider", keptElsewhereCase);
