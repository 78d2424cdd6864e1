/** The Pulumi program: the access model becomes components, their outputs become the stack's. */
import * as pulumi from "@pulumi/pulumi";
import { describeProblem } from "./accessModel.ts";
import { checkModel } from "./policy.ts";
import { declareAccess, explained, refuseUnspokenRenames } from "./program.ts";
import { localIds, recordedOf } from "./recordedKeys.ts";
import { tenantEndpoints, tenantOf } from "./tenant.ts";

const stack = pulumi.getStack();
const config = new pulumi.Config();
const overrides = config.getObject("access");

const { model, warnings } = explained(() => checkModel({ stack, project: pulumi.getProject(), overrides }));
// The engine says itself that it is a warning.
for (const { severity: _, ...warning } of warnings) pulumi.log.warn(describeProblem(warning));
const recorded =
  config.getObject("ids") ?? (stack === "local" ? localIds(pulumi.getProject(), process.env) : undefined);
refuseUnspokenRenames(model, recordedOf(recorded));
export const { issuer, tokenEndpoint } = explained(() =>
  tenantEndpoints(
    tenantOf([
      ["auth0:domain", new pulumi.Config("auth0").get("domain")],
      [`${pulumi.getProject()}:tenant`, config.get("tenant")],
      ["AUTH0_DOMAIN", process.env.AUTH0_DOMAIN],
    ]),
  ),
);
export const { apis, applications } = declareAccess(model, {
  protect: model.protectedStacks.includes(stack),
});
