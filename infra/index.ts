/** The Pulumi program: the access model becomes components, their outputs become the stack's. */
import * as pulumi from "@pulumi/pulumi";
import { loadCheckedModel } from "./policy.ts";
import { declareAccess, explained } from "./program.ts";
import { tenantEndpoints } from "./tenant.ts";

const stack = pulumi.getStack();
const overrides = new pulumi.Config().getObject("access");
const domain = new pulumi.Config("auth0").get("domain") ?? process.env.AUTH0_DOMAIN;

const model = explained(() => loadCheckedModel({ stack, project: pulumi.getProject(), overrides }));
export const { issuer, tokenEndpoint } = explained(() => tenantEndpoints(domain));
export const { apis, applications } = declareAccess(model, {
  protect: model.protectedStacks.includes(stack),
});
