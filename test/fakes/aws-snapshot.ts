type Held = Map<unknown, unknown> | Set<unknown> | unknown[];

/**
 * Remembers what these hold, which is plain data; what it returns puts that back, as often as it is called. What two of them
 * share they share afterwards no more.
 */
export function snapshotOf(...held: Held[]): () => void {
  const kept = held.map((each) => structuredClone([...each]));
  return () => {
    for (const [i, each] of held.entries()) fill(each, structuredClone(kept[i] ?? []));
  };
}

function fill(held: Held, kept: unknown[]): void {
  if (Array.isArray(held)) held.splice(0, held.length, ...kept);
  else {
    held.clear();
    for (const item of kept) {
      if (held instanceof Set) held.add(item);
      else held.set(...(item as [unknown, unknown]));
    }
  }
}
