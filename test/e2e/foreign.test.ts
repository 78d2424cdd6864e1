/** Grants on and of what others own, with one provider; test/soak tries the other ones. */
import { foreignCases } from "./foreignCases.ts";

foreignCases("bundled");
