/** Orders a fault of the local tenant. */
import type { Fault, FaultOrder } from "../../local/tenant/faults.ts";

/** The next `count` requests that match get `answer` instead. */
export function faultOrder(
  match: Pick<FaultOrder, "method" | "path" | "skip"> & { readonly count?: number },
  answer: Fault,
): FaultOrder {
  // biome-ignore lint/suspicious/noThenProperty: the name on the wire; an order is never awaited
  return { count: 1, ...match, then: answer };
}
