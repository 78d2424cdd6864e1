/** The option --api-url: the address of one of the model's APIs, that a token may be sent to. */
import type { AccessModel, Api } from "../../infra/accessModel.ts";
import { serviceAddress } from "../../lib/address.ts";
import { usageError } from "../../lib/errors.ts";
import type { Option } from "../terminal/command.ts";

/** A running API of the model. */
export interface ApiAddress {
  readonly api: Api;
  readonly url: string;
}

/** The same for every command that tries tokens on an API. */
export const apiUrlOption = {
  type: "string",
  value: "address",
  describe: "Also try the endpoints of the API that runs here: <address>, or <api>=<address>",
} as const satisfies Option;

/**
 * The API and its address: tokens are sent there, so nothing but TLS will do, except on this machine.
 * @param value An address, for the one API whose endpoints the model names, or `<api>=<address>`.
 * @throws {ToolError} exit 2
 */
export function apiAddress(value: string, { apis }: Pick<AccessModel, "apis">): ApiAddress {
  const [, key, address = value] = /^([a-z][a-z0-9-]*)=(.*)$/s.exec(value) ?? [];
  const url = serviceAddress(address, "The value of --api-url").href;
  const keys = Object.keys(apis).join(", ") || "none";
  if (key !== undefined) {
    const api = Object.hasOwn(apis, key) ? apis[key] : undefined;
    if (api) return { api, url };
    throw usageError(`--api-url names the API ${key}, which the model does not have.`, `Its APIs: ${keys}.`);
  }
  const all = Object.values(apis);
  const described = all.filter(({ endpoints }) => Object.keys(endpoints).length > 0);
  const [api] = described.length > 0 ? described : all;
  if (api && described.length <= 1) return { api, url };
  throw usageError(
    api ? "--api-url does not say which API is there." : "The model has no API for --api-url.",
    `Write --api-url <api>=<address>, for one of: ${keys}.`,
  );
}
