/** `/api/v2/keys/signing`: the tenant's signing keys, their rotation and revocation. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { requireAny } from "../bearer.ts";
import { apiError } from "../errors.ts";
import type { Environment } from "../http.ts";
import type { JsonObject } from "../json.ts";
import type { SigningKey } from "../store/signingKeys.ts";
import type { Tenant } from "../tenant.ts";

/** As many as the Dashboard shows. */
const shownRevoked = 3;

export function signingKeyRoutes(tenant: Tenant, allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  const { signingKeys } = tenant.store;

  app.get("/", allow("read:signing_keys"), async () => {
    await tenant.keys.settled();
    const keys = signingKeys.list();
    const live = keys.filter(({ state }) => state !== "revoked");
    const revoked = keys.filter(({ state }) => state === "revoked").slice(0, shownRevoked);
    return jsonAnswer([...live, ...revoked].map(view));
  });

  // Rotation asks for both scopes, not for either.
  app.post("/rotate", allow("create:signing_keys"), async (request) => {
    requireAny(request.get("caller"), ["update:signing_keys"]);
    const { kid, body } = await tenant.keys.rotate();
    return jsonAnswer({ cert: body.cert ?? "", kid }, { status: 201 });
  });

  app.get("/:kid", allow("read:signing_keys"), async (request) => {
    await tenant.keys.settled();
    const key = signingKeys.byKid(request.req.param("kid"));
    if (!key) throw apiError(404, "Signing key not found.", "inexistent_signing_key");
    return jsonAnswer(view(key));
  });

  app.put("/:kid/revoke", allow("update:signing_keys"), async (request) => {
    const { kid, body } = await tenant.keys.revoke(request.req.param("kid"));
    return jsonAnswer({ cert: body.cert ?? "", kid });
  });

  return app;
}

function view({ kid, state, body }: SigningKey): JsonObject {
  const { cert, pkcs7, fingerprint, thumbprint, current_since, current_until, revoked_at } = body;
  const shown: JsonObject = { kid };
  const add = (key: string, value: JsonObject[string] | undefined) => {
    if (value !== undefined) shown[key] = value;
  };
  add("cert", cert);
  add("pkcs7", pkcs7);
  if (state !== "revoked") shown[state] = true;
  add("current_since", current_since);
  add("current_until", current_until);
  add("fingerprint", fingerprint);
  add("thumbprint", thumbprint);
  shown.revoked = state === "revoked";
  add("revoked_at", revoked_at);
  return shown;
}
