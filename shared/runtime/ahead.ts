/**
 * What `work` makes of each item, in the order of the items, with up to `width` under way at once: for many small answers
 * of something far away. The first failure is thrown when its turn comes; what is under way then is left to end.
 */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for await (const item of items) {
    const begun = work(item);
    // It is thrown where it is waited for; until then it is nobody's.
    begun.catch(() => undefined);
    underWay.push(begun);
    if (underWay.length < width) continue;
    const first = underWay.shift();
    if (first) yield await first;
  }
  for (const rest of underWay) yield await rest;
}
