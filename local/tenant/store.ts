/** Everything that a tenant keeps, over one database. */
import { type Database, openDatabase } from "./database.ts";
import { assertions } from "./store/assertions.ts";
import { clientGrants } from "./store/clientGrants.ts";
import { clients } from "./store/clients.ts";
import { credentials } from "./store/credentials.ts";
import { documents } from "./store/documents.ts";
import { facts } from "./store/facts.ts";
import { logs } from "./store/logs.ts";
import { resourceServers } from "./store/resourceServers.ts";
import { signingKeys } from "./store/signingKeys.ts";

export interface Store {
  resourceServers: ReturnType<typeof resourceServers>;
  clients: ReturnType<typeof clients>;
  credentials: ReturnType<typeof credentials>;
  clientGrants: ReturnType<typeof clientGrants>;
  signingKeys: ReturnType<typeof signingKeys>;
  logs: ReturnType<typeof logs>;
  documents: ReturnType<typeof documents>;
  facts: ReturnType<typeof facts>;
  assertions: ReturnType<typeof assertions>;
  transaction: Database["transaction"];
  /** Another number after each write, those of logs and used assertions aside. */
  version: Database["version"];
  close(): void;
}

/** @param file the SQLite file, `:memory:` for a tenant that forgets. */
export function openStore(file: string): Store {
  const database = openDatabase(file);
  const logStore = logs(database);
  return {
    resourceServers: resourceServers(database),
    clients: clients(database),
    credentials: credentials(database),
    clientGrants: clientGrants(database),
    signingKeys: signingKeys(database),
    logs: logStore,
    documents: documents(database),
    facts: facts(database),
    assertions: assertions(database),
    transaction: database.transaction,
    version: database.version,
    close() {
      logStore.flush();
      database.close();
    },
  };
}
