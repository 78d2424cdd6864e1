/** The Pulumi program: the access model becomes components, their outputs become the stack's. */
import * as pulumi from "@pulumi/pulumi";
import { describeProblem } from "./accessModel.ts";
import { withTenant } from "./model/foreignApis.ts";
import { checkModel } from "./policy.ts";
import { declareAccess, explained, refuseUnspokenRenames } from "./program.ts";
import { localIds, recordedClientIds, recordedOf } from "./recordedKeys.ts";
import { tenantEndpoints, tenantOf } from "./tenant.ts";

const stack = pulumi.getStack();
const config = new pulumi.Config();
const overrides = config.getObject("access");

const { model, warnings } = explained(() => checkModel({ stack, project: pulumi.getProject(), overrides }));
// The engine says itself that it is a warning.
for (const { severity: _, ...warning } of warnings) pulumi.log.warn(describeProblem(warning));
const recorded =
  config.getObject("ids") ?? (stack === "local" ? localIds(pulumi.getProject(), process.env) : undefined);
const found = recordedOf(recorded);
refuseUnspokenRenames(model, found);
const settings = new pulumi.Config("auth0");
const { AUTH0_DOMAIN: shell, AUTH0_AUDIENCE: shellAudience } = process.env;
const tenant = explained(() =>
  tenantEndpoints(
    tenantOf([
      [
        "auth0:domain",
        settings.get("domain"),
        settings.get("audience") || (shell ? undefined : shellAudience),
      ],
      [`${pulumi.getProject()}:tenant`, config.get("tenant")],
      ["AUTH0_DOMAIN", shell, shellAudience],
    ]),
  ),
);
const audience = settings.get("audience") || shellAudience || tenant.managementApi;
export const { issuer, tokenEndpoint } = tenant;
export const { apis, applications } = declareAccess(withTenant(model, audience), {
  protect: model.protectedStacks.includes(stack),
  clientIds: recordedClientIds(model, found),
});
