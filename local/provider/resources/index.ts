/** The resource types that this provider serves, by their type in a URN. */
import { client } from "./client.ts";
import { clientCredentials } from "./clientCredentials.ts";
import { clientGrant } from "./clientGrant.ts";
import { resourceServer } from "./resourceServer.ts";
import { resourceServerScopes } from "./resourceServerScopes.ts";
import type { ResourceType } from "./resourceType.ts";

export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(
  [resourceServer, resourceServerScopes, client, clientCredentials, clientGrant].map((type) => [
    type.type,
    type,
  ]),
);
