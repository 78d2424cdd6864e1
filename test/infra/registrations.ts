/** Pulumi's mocks, telling all that a program registers; a resource that is not expected here is an error. */
import * as pulumi from "@pulumi/pulumi";
import { componentTypes } from "../../infra/names.ts";

export interface Registration {
  /** The last part of the type token, e.g. `ClientGrant`. */
  type: string;
  name: string;
  /** Secrets appear as `{ secret: value }`. */
  inputs: Record<string, unknown>;
  parent: string;
  protect: boolean;
  /** Names of the resources that this one waits for, sorted. */
  after: string[];
  secretOutputs: string[];
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getDependenciesList(): string[];
  getAdditionalsecretoutputsList(): string[];
}

interface Monitor {
  registerResource(request: RegisterRequest, callback: unknown): Promise<void>;
}

type State = (
  inputs: Record<string, unknown>,
  name: string,
) => { id: string; state: Record<string, unknown> };

/** What a tenant would answer. */
const tenant: Record<string, State> = {
  "auth0:index/resourceServer:ResourceServer": (inputs, name) => ({ id: `id of ${name}`, state: inputs }),
  "auth0:index/resourceServerScopes:ResourceServerScopes": (inputs) => ({
    id: String(inputs.resourceServerIdentifier),
    state: inputs,
  }),
  "auth0:index/client:Client": (inputs, name) => ({
    id: `client id of ${name}`,
    state: { ...inputs, clientId: `client id of ${name}` },
  }),
  "auth0:index/clientCredentials:ClientCredentials": (inputs) => ({
    id: String(inputs.clientId),
    state: {
      ...inputs,
      clientSecret: inputs.authenticationMethod === "private_key_jwt" ? "" : `secret of ${inputs.clientId}`,
    },
  }),
  "auth0:index/clientGrant:ClientGrant": (inputs, name) => ({ id: `cgr_${name}`, state: inputs }),
};

const components = new Set<string>(Object.values(componentTypes));

/** Runs a program and returns what it registered, in order, with what it returned. */
export async function register<Result>(
  declare: () => Result | Promise<Result>,
): Promise<{ registrations: Registration[]; result: Result }> {
  const registrations: Registration[] = [];
  const inputsOf = new Map<string, Record<string, unknown>>();
  await pulumi.runtime.setMocks(
    {
      call({ token }) {
        throw new Error(`The program called ${token}.`);
      },
      newResource({ type, name, inputs }) {
        inputsOf.set(`${type} ${name}`, inputs);
        if (components.has(type)) return { id: undefined, state: inputs };
        const state = tenant[type];
        if (state === undefined) throw new Error(`The program registered a ${type}.`);
        return state(inputs, name);
      },
    },
    "timesheets",
    "test",
    false,
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const registerResource = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, callback) => {
    await registerResource(request, callback);
    const [type, name] = [request.getType(), request.getName()];
    registrations.push({
      type: type.slice(type.lastIndexOf(":") + 1),
      name,
      inputs: inputsOf.get(`${type} ${name}`) ?? {},
      parent: nameOf(request.getParent()),
      protect: request.getProtect(),
      after: request.getDependenciesList().map(nameOf).sort(),
      secretOutputs: request.getAdditionalsecretoutputsList(),
    });
  };
  const result = await declare();
  await pulumi.runtime.disconnect();
  return { registrations, result };
}

/** The value of an output, and whether it is a secret. */
export async function read<Value>(output: pulumi.Output<Value>): Promise<{ value: Value; secret: boolean }> {
  const value = await new Promise<Value>((resolve) => {
    output.apply((known) => resolve(known as Value));
  });
  return { value, secret: await pulumi.isSecret(output) };
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf(":") + 1);
}
