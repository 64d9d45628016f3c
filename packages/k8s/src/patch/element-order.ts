/** What identifies an element of a merging list: the value of its merge key, or a scalar itself. */
export type Identify = (element: unknown) => unknown;

/**
 * The order of a merged list, as a strategic merge patch has it. Elements that `order` names come in its order, the others in
 * that of the `live` list; the two runs are interleaved so that each live-only element keeps its place before the first
 * ordered one that came after it in the live list.
 */
export function orderElements(
  merged: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
  identify: Identify,
): unknown[] {
  const inOrder = positions(order, identify);
  const inLive = positions(live, identify);
  const ordered = merged.filter((element) => inOrder.has(identify(element)));
  const liveOnly = merged.filter((element) => !inOrder.has(identify(element)));
  sortBy(ordered, inOrder, identify);
  sortBy(liveOnly, inLive, identify);
  return interleave(liveOnly, ordered, inLive, identify);
}

/** The first position of each identity. */
function positions(elements: readonly unknown[], identify: Identify): Map<unknown, number> {
  const found = new Map<unknown, number>();
  elements.forEach((element, index) => {
    const identity = identify(element);
    if (!found.has(identity)) found.set(identity, index);
  });
  return found;
}

function sortBy(elements: unknown[], order: ReadonlyMap<unknown, number>, identify: Identify): void {
  elements.sort((a, b) => (order.get(identify(a)) ?? order.size) - (order.get(identify(b)) ?? order.size));
}

function interleave(
  left: readonly unknown[],
  right: readonly unknown[],
  inLive: ReadonlyMap<unknown, number>,
  identify: Identify,
): unknown[] {
  const result: unknown[] = [];
  let i = 0;
  for (const element of right) {
    const place = inLive.get(identify(element));
    while (i < left.length) {
      const other = inLive.get(identify(left[i]));
      if (place === undefined || other === undefined || other >= place) break;
      result.push(left[i++]);
    }
    result.push(element);
  }
  result.push(...left.slice(i));
  return result;
}
