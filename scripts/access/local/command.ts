/** `auth0-m2m local`: a tenant, the bundled provider and the project's APIs on this machine. */
import type { Group } from "../../terminal/command.ts";
import { localEnv } from "./env.ts";
import { localReset } from "./reset.ts";
import { localServe } from "./serve.ts";

export const local: Group = {
  name: "local",
  describe: "Serve a local tenant, and the APIs that the project names",
  examples: [
    ["$0 local", "Serve until Ctrl-C"],
    ["$0 local --seed", "Start as the Dashboard leaves a tenant after Create API"],
    ['eval "$($0 local env)"', "Let plain pulumi commands in this shell use it: npx pulumi up -s local"],
    ["$0 local reset", "Delete everything that the local tenant stores"],
  ],
  commands: [localServe, localEnv, localReset],
  fallback: localServe,
};
