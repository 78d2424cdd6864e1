/** Applications by the thousand, written straight into a tenant's database while it is stopped. */
import { openStore } from "../local/tenant/store.ts";

/** Makes as many as are missing; returns the client ids of all. */
export function fillStore(databaseFile: string, size: number): string[] {
  const store = openStore(databaseFile);
  const [some] = store.clients.list({ start: 1, limit: 1 }).items;
  const ids = Array.from({ length: size }, (_, index) => `bench${String(index).padStart(27, "0")}`);
  store.transaction(() => {
    for (const clientId of ids) {
      if (store.clients.byId(clientId)) continue;
      const body = { ...some?.body, name: `Other ${clientId}` };
      store.clients.insert({ clientId, clientSecret: "x".repeat(64), isGlobal: false, body });
    }
  });
  store.close();
  return ids;
}
