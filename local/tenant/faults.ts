/** Faults on order: the next n requests that match get something else than their answer. */

/** What a matching request gets in place of its answer, or before it. */
export type Fault =
  /** `done`: does first what was asked. @default false */
  | { status: number; headers?: Record<string, string>; body?: unknown; done?: boolean }
  /** Waits, then answers as usual. */
  | { delayMs: number }
  /** Closes the connection without an answer; `done` as above. */
  | { cut: true; done?: boolean }
  /** Answers 200 with JSON that ends too early. */
  | { malformed: true };

export interface FaultOrder {
  /** Any method when left out. */
  method?: string;
  /** A path with `*` for any run of characters, e.g. `/api/v2/clients/*`. */
  path: string;
  /** How many requests it hits. */
  count: number;
  /** How many matching requests pass before that. @default 0 */
  skip?: number;
  then: Fault;
}

// Not a header, since looking for one would turn every answer into a slower kind.
const cuts = new WeakSet<Response>();

/** Whether the server shall cut the connection instead of sending this answer. */
export const isCut = (response: Response): boolean => cuts.has(response);

export interface FaultBook {
  add(order: FaultOrder): void;
  /** Those not used up yet, with what is left of each. */
  pending(): FaultOrder[];
  clear(): void;
  /** The answer that replaces the real one, undefined when there is none. @param answer Does what is asked. */
  intercept(request: Request, answer: () => unknown): Promise<Response | undefined>;
}

export function createFaultBook(): FaultBook {
  const orders: FaultOrder[] = [];
  const matching = (request: Request): FaultOrder | undefined => {
    const { pathname } = new URL(request.url);
    const order = orders.find(
      ({ method, path }) =>
        (method === undefined || method.toUpperCase() === request.method) && patternOf(path).test(pathname),
    );
    if (!order) return undefined;
    if (order.skip !== undefined && order.skip > 0) {
      order.skip--;
      return undefined;
    }
    order.count--;
    if (order.count <= 0) orders.splice(orders.indexOf(order), 1);
    return order;
  };
  return {
    add: (order) => {
      if (order.count > 0) orders.push({ ...order });
    },
    pending: () => orders.map((order) => ({ ...order })),
    clear: () => orders.splice(0),
    async intercept(request, answer) {
      if (orders.length === 0) return undefined;
      const fault = matching(request)?.then;
      if (!fault) return undefined;
      if ("delayMs" in fault) {
        await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
        return undefined;
      }
      if ("done" in fault && fault.done) await answer();
      if ("cut" in fault) {
        const cut = new Response(null, { status: 503 });
        cuts.add(cut);
        return cut;
      }
      const json = { "content-type": "application/json" };
      if ("malformed" in fault) return new Response('{"access_token":"eyJ', { status: 200, headers: json });
      const body = fault.body === undefined ? null : bodyText(fault.body);
      return new Response(body, { status: fault.status, headers: { ...json, ...fault.headers } });
    },
  };
}

const bodyText = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);
}
