/** The component of an application: its client, its credentials and its grants. */
import { expect, test } from "vitest";
import { MachineApp, type MachineAppArgs } from "../../infra/machineApp.ts";
import { ProtectedApi } from "../../infra/protectedApi.ts";
import { read, register } from "./registrations.ts";

const job: MachineAppArgs = {
  name: "Timesheets Import Job",
  authentication: "client_secret_post",
  grants: { timesheets: { api: "https://api.exampleco.com/timesheets", scopes: ["batch:upload"] } },
};

test("declares a machine-to-machine client, its credentials and its grant, all under the component", async () => {
  const { registrations } = await register(() => new MachineApp("import-job", job));
  expect(registrations).toEqual([
    expect.objectContaining({ type: "MachineApp", name: "import-job" }),
    expect.objectContaining({
      type: "Client",
      name: "import-job",
      parent: "import-job",
      inputs: {
        name: "Timesheets Import Job",
        description: "Machine-to-machine application, kept as code",
        appType: "non_interactive",
        grantTypes: ["client_credentials"],
      },
    }),
    expect.objectContaining({
      type: "ClientCredentials",
      name: "import-job-credentials",
      parent: "import-job",
      inputs: { clientId: "client id of import-job", authenticationMethod: "client_secret_post" },
    }),
    expect.objectContaining({
      type: "ClientGrant",
      name: "import-job-timesheets",
      parent: "import-job",
      inputs: {
        clientId: "client id of import-job",
        audience: "https://api.exampleco.com/timesheets",
        scopes: ["batch:upload"],
      },
    }),
  ]);
});

test("grants exactly batch:upload, whatever else the API offers", async () => {
  const { registrations } = await register(() => {
    const api = new ProtectedApi("timesheets", {
      name: "Timesheets API",
      identifier: "https://api.exampleco.com/timesheets",
      scopes: { "batch:upload": "Upload", "read:timesheets": "Read", "delete:timesheets": "Delete" },
    });
    return new MachineApp("import-job", {
      ...job,
      grants: { timesheets: { api, scopes: ["batch:upload"] } },
    });
  });
  const grants = registrations.filter(({ type }) => type === "ClientGrant");
  expect(grants.map(({ inputs }) => inputs.scopes)).toEqual([["batch:upload"]]);
  expect(grants[0]?.inputs).not.toHaveProperty("allowAllScopes");
});

test("an application waits for the APIs that it may call, so that it is not made without them", async () => {
  const { registrations } = await register(() => {
    const api = new ProtectedApi("timesheets", {
      name: "Timesheets API",
      identifier: "timesheets",
      scopes: {},
    });
    return new MachineApp("import-job", { ...job, grants: { timesheets: { api, scopes: [] } } });
  });
  expect(registrations.find(({ type }) => type === "Client")?.after).toEqual(["timesheets"]);
});

test("a grant waits for the API's scopes and for the application's credentials", async () => {
  const { registrations } = await register(() => {
    const api = new ProtectedApi("timesheets", {
      name: "Timesheets API",
      identifier: "https://api.exampleco.com/timesheets",
      scopes: { "batch:upload": "Upload" },
    });
    return new MachineApp("import-job", {
      ...job,
      grants: { timesheets: { api, scopes: ["batch:upload"] } },
    });
  });
  const grant = registrations.find(({ type }) => type === "ClientGrant");
  expect(grant?.after).toEqual(["import-job", "import-job-credentials", "timesheets-scopes"]);
});

test("the client secret is a secret output", async () => {
  const { registrations, result } = await register(() => new MachineApp("import-job", job));
  expect(result.clientSecret && (await read(result.clientSecret))).toEqual({
    value: "secret of client id of import-job",
    secret: true,
  });
  expect(registrations.find(({ type }) => type === "ClientCredentials")?.secretOutputs).toContain(
    "clientSecret",
  );
  expect(await read(result.clientId)).toEqual({ value: "client id of import-job", secret: false });
});

test("an application that authenticates by Basic says so to Auth0", async () => {
  const { registrations } = await register(
    () => new MachineApp("import-job", { ...job, authentication: "client_secret_basic" }),
  );
  const credentials = registrations.find(({ type }) => type === "ClientCredentials");
  expect(credentials?.inputs).toMatchObject({ authenticationMethod: "client_secret_basic" });
});

test("private_key_jwt registers the public keys in order and leaves no secret to reveal", async () => {
  const publicKeys = [
    { name: "new", pem: "-----BEGIN PUBLIC KEY-----\nnew" },
    { name: "old", pem: "-----BEGIN PUBLIC KEY-----\nold" },
  ];
  const { registrations, result } = await register(
    () => new MachineApp("import-job", { ...job, authentication: "private_key_jwt", publicKeys }),
  );
  const credentials = registrations.find(({ type }) => type === "ClientCredentials");
  expect(credentials?.inputs).toEqual({
    clientId: "client id of import-job",
    authenticationMethod: "private_key_jwt",
    privateKeyJwt: {
      credentials: publicKeys.map((key) => ({ ...key, credentialType: "public_key", algorithm: "RS256" })),
    },
  });
  expect(result.clientSecret).toBeUndefined();
});

test("protects the grants as well: the engine would delete them before it refuses to delete the application", async () => {
  const { registrations } = await register(() => new MachineApp("import-job", job, { protect: true }));
  expect(Object.fromEntries(registrations.map(({ type, protect }) => [type, protect]))).toEqual({
    MachineApp: true,
    Client: true,
    ClientCredentials: true,
    ClientGrant: true,
  });
});
