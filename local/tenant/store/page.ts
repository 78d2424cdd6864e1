/** One page of a list, counted by offset. */

export interface Page {
  start: number;
  limit: number;
}

export interface Listed<Item> {
  items: Item[];
  page: Page;
  /** Counts when asked, since most lists do not need it. */
  total(): number;
}

export function pageOf<Item>(items: Item[], page: Page, total: () => number): Listed<Item> {
  return { items, page, total };
}
