/** Works through a list, a few items at once. */

/**
 * The results in the order of the items; the first failure is thrown as soon as it happens.
 * @param most Items at work at once.
 */
export async function mapConcurrently<From, To>(
  items: readonly From[],
  most: number,
  work: (item: From) => Promise<To>,
): Promise<To[]> {
  const results: To[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return results;
}
