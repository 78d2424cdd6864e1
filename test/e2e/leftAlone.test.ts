/** What the model leaves to others stays as they set it; test/soak tries the other providers. */
import { providers } from "../helpers/providers.ts";
import { leftAloneCases } from "./leftAloneCases.ts";

leftAloneCases(providers.at(-1) ?? "bundled");
